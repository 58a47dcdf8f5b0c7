using System.Diagnostics;
using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;
using Aldis.Postgres;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Reading;
using Aldis.Postgres.Schema;
using Aldis.Protocols.Framing;

namespace Aldis.Cli.Verbs.Log;

/// <summary><c>aldis log --store</c>: what a database holds, in the words of a journal.</summary>
/// <param name="context">What every verb is given.</param>
/// <param name="address">The store.</param>
/// <param name="form">How lines are written.</param>
/// <param name="events">Takes objects instead of lines; null for lines.</param>
internal sealed class StoreLog(VerbContext context, StoreAddress address, LogForm form, JsonEvents? events)
{
    // Each look asks how far every client is.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>Prints messages.</summary>
    /// <param name="query">Which.</param>
    /// <param name="filter">Which of them.</param>
    /// <param name="lines">Only the last so many; null for all.</param>
    /// <param name="follow">Whether to wait for more.</param>
    /// <returns>The exit status.</returns>
    public async Task<int> PrintAsync(StoreQuery query, LogFilter filter, long? lines, bool follow)
    {
        var printer = new LogPrinter(context.Console.Output, events, form);
        StorePlaces places;
        await using (StoreReader reader = await StoreReader.OpenAsync(address))
        {
            // The last of them are found by counting first: a store may be larger than memory.
            long surplus = lines is long last ? Math.Max(0, await CountWantedAsync(reader, query, filter) - last) : 0;
            (long unread, long unprinted) = filter.Pattern is null ? (surplus, 0L) : (0L, surplus);
            await foreach (JournalMessage message in reader.ReadAsync(query, unread, context.Interruption))
            {
                if (filter.IsWanted(message) && --unprinted < 0)
                {
                    printer.Print(message);
                }
            }

            printer.Flush();
            if (!follow)
            {
                return ExitCode.Confirmed;
            }

            places = await reader.ReadPlacesAsync(query.Client);
        }

        return await FollowAsync(query, filter, places, printer);
    }

    /// <summary>Prints how many there are of each client.</summary>
    public async Task<int> CountAsync(StoreQuery query, LogFilter filter)
    {
        var counts = new ClientCounts();
        await using StoreReader reader = await StoreReader.OpenAsync(address);
        await foreach (JournalMessage message in reader.ReadAsync(query, skip: 0, context.Interruption))
        {
            if (filter.IsWanted(message))
            {
                counts.Add(message);
            }
        }

        counts.Print(context, form, events);
        return ExitCode.Confirmed;
    }

    /// <summary>Lists the clients that are remembered.</summary>
    public async Task<int> ListAsync()
    {
        var list = new ClientList(form, events);
        await using StoreReader reader = await StoreReader.OpenAsync(address);
        await foreach (ClientSummary client in reader.ReadClientsAsync(context.Interruption))
        {
            list.Add(client);
        }

        list.Print(context);
        return ExitCode.Confirmed;
    }

    /// <summary>Forgets clients of which no message is left. All of them, or none.</summary>
    /// <exception cref="UsageException">One cannot be forgotten; nothing was changed.</exception>
    public async Task<int> ForgetAsync(string[] ids)
    {
        foreach ((string client, long last) in await new StoreSetup(address).ForgetAsync(ids))
        {
            LogClients.TellForgotten(context, client, last, events);
        }

        return ExitCode.Confirmed;
    }

    /// <summary>Checks every message and every client's numbers.</summary>
    public async Task<int> VerifyAsync()
    {
        await using StoreReader reader = await StoreReader.OpenAsync(address);
        StoreVerification found = await reader.VerifyAsync(context.Interruption);
        bool isSound = found.ProblemCount == 0;
        if (events is not null)
        {
            events.Write("verify", writer =>
            {
                writer.WriteBoolean("sound", isSound);
                writer.WriteNumber("messages", found.Messages);
                writer.WriteNumber("clients", found.Clients);
                LogPrinter.WriteProblems(writer, found.ProblemCount, found.Problems);
            });
        }
        else
        {
            var text = new StringBuilder();
            _ = text.Append(CultureInfo.InvariantCulture, $"{found.Messages} messages of {found.Clients} clients and the plain form\n");
            LogPrinter.DescribeProblems(text, found.ProblemCount, found.Problems);
            _ = text.Append(isSound ? "sound: the CRC of every payload, and every client's sequence\n" : "NOT sound\n");
            DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes(text.ToString()));
        }

        return isSound ? ExitCode.Confirmed : ExitCode.IntegrityMismatch;
    }

    private async Task<int> FollowAsync(StoreQuery query, LogFilter filter, StorePlaces places, LogPrinter printer)
    {
        long start = Stopwatch.GetTimestamp();
        bool isAway = false;
        while (true)
        {
            try
            {
                await using StoreReader reader = await StoreReader.OpenAsync(address);
                isAway = false;
                while (true)
                {
                    await foreach (JournalMessage message in
                        reader.ReadOnAsync(query, places, Stopwatch.GetElapsedTime(start), context.Interruption))
                    {
                        if (filter.IsWanted(message))
                        {
                            printer.Print(message);
                        }
                    }

                    printer.Flush();
                    await Task.Delay(PollInterval, context.Interruption);
                }
            }
            catch (StoreException exception) when (!exception.IsReachable)
            {
                printer.Flush();
                if (!isAway)
                {
                    await context.Console.Error.WriteLineAsync($"aldis: {exception.Message} It is tried again.");
                }

                isAway = true;
                await Task.Delay(RetryInterval, context.Interruption);
            }
        }
    }

    private async Task<long> CountWantedAsync(StoreReader reader, StoreQuery query, LogFilter filter)
    {
        if (filter.Pattern is null)
        {
            return await reader.CountAsync(query);
        }

        long wanted = 0;
        await foreach (JournalMessage message in reader.ReadAsync(query, skip: 0, context.Interruption))
        {
            wanted += filter.IsWanted(message) ? 1 : 0;
        }

        return wanted;
    }
}
