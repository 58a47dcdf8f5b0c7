using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Log;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;

namespace Aldis.Cli.Verbs;

/// <summary>What <c>aldis log</c> does with the clients of a journal: <c>--clients</c> lists them, <c>--forget</c> forgets some.</summary>
internal static class LogClients
{
    /// <summary>Prints a line or an object for each client with a mark.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="form">How times are shown in lines.</param>
    /// <param name="events">Takes objects instead of lines; null for lines.</param>
    /// <returns>The exit status.</returns>
    public static int List(VerbContext context, string directory, LogForm form, JsonEvents? events)
    {
        ClientListing listing = ClientListing.Read(directory, FileStorage.Instance);
        var list = new ClientList(form, events);
        foreach (ClientSummary client in listing.Clients)
        {
            list.Add(client);
        }

        list.Print(context);
        return listing.Damage is null
            ? ExitCode.Confirmed
            : context.Report(
                events, ExitCode.IntegrityMismatch, $"the journal is damaged ({listing.Damage}): what comes after that is not in the list.");
    }

    /// <summary>Forgets clients by name; no server may run.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="ids">Their ids.</param>
    /// <param name="events">Takes objects instead of lines; null for lines.</param>
    /// <returns>The exit status.</returns>
    /// <exception cref="UsageException">One cannot be forgotten, or a server runs; nothing was changed.</exception>
    public static int Forget(VerbContext context, string directory, string[] ids, JsonEvents? events)
    {
        try
        {
            foreach (ClientSummary client in ClientListing.Forget(new JournalOptions { Directory = directory }, FileStorage.Instance, ids))
            {
                TellForgotten(context, client.Client, client.Last, events);
            }

            return ExitCode.Confirmed;
        }
        catch (ClientKeptException exception)
        {
            throw new UsageException(exception.Message);
        }
        catch (JournalLockedException exception)
        {
            throw new UsageException(
                exception.Message + " Stop it first: while it runs it forgets clients only by age, 'aldis serve --forget-clients'.");
        }
        catch (JournalCorruptException exception)
        {
            throw new UsageException(exception.Message + " Nobody was forgotten. 'aldis serve --repair' mends it.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"clients cannot be forgotten in {directory}: {exception.Message}");
        }
    }

    /// <summary>Tells that a client was forgotten.</summary>
    /// <param name="context">What every verb is given.</param>
    /// <param name="client">Its id.</param>
    /// <param name="last">Its last number.</param>
    /// <param name="events">Takes an object instead of a line; null for a line.</param>
    public static void TellForgotten(VerbContext context, string client, long last, JsonEvents? events)
    {
        events?.Write("forgotten", writer =>
        {
            writer.WriteString("client", client);
            writer.WriteNumber("last", last);
        });
        context.Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"aldis: client {client} is forgotten; its last number was {last}."));
    }
}
