using System.Globalization;
using System.Net;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Protocols.Messages;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>What a server says of itself at its start and its end, to people and as events.</summary>
internal static class ServeReport
{
    /// <summary>Says what the operator should mend.</summary>
    /// <param name="sentences">Each a warning.</param>
    /// <param name="error">Where people read.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    public static void Warn(IEnumerable<string> sentences, TextWriter error, JsonEvents? json)
    {
        foreach (string sentence in sentences)
        {
            error.WriteLine($"aldis: warning: {sentence}");
            json?.Write("warning", writer => writer.WriteString("message", sentence));
        }
    }

    /// <summary>Says which file was read, and what looks wrong in the environment.</summary>
    /// <param name="configuration">What was read.</param>
    /// <inheritdoc cref="Warn" path="/param[@name!='sentences']"/>
    public static void Read(ServeConfiguration configuration, TextWriter error, JsonEvents? json)
    {
        if (configuration.Path is { } path)
        {
            error.WriteLine($"configuration: {path}");
            json?.Write("configuration", writer => writer.WriteString("file", path));
        }

        Warn(configuration.Warnings, error, json);
    }

    /// <summary>Says what an acknowledgement means and what is bound: everything is.</summary>
    /// <param name="server">The server, started.</param>
    /// <param name="store">Of <c>messages</c>; null where they are not served.</param>
    /// <param name="console">Where people read: at a terminal one line stands for the readiness lines.</param>
    /// <param name="isVerbose">Whether those are printed there too.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    public static void Announce(ConversationServer server, MessageStore? store, CommandConsole console, bool isVerbose, JsonEvents? json)
    {
        TextWriter error = console.Error;
        bool isForPrograms = isVerbose || !console.ErrorIsTerminal;

        // What a person expects need not be said; a weaker promise is.
        if (store is not null && (isForPrograms || store.Level != AcknowledgementLevel.Durable))
        {
            error.WriteLine(store.Level switch
            {
                AcknowledgementLevel.Received => "aldis: messages are acknowledged at level received: parsed; what a crash takes was acknowledged.",
                AcknowledgementLevel.Stored => "aldis: messages are acknowledged at level stored: written; they survive a crash, not a power cut.",
                AcknowledgementLevel.Replicated => "aldis: messages are acknowledged at level replicated: on the disk of a standby too.",
                _ => "aldis: messages are acknowledged at level durable: written and synced to disk.",
            });
        }

        Announce(server.Endpoints, isForPrograms ? error : null, json);
        if (console.ErrorIsTerminal)
        {
            error.WriteLine(ServingLine.Of(server.Endpoints, console.ErrorColumns));
        }
    }

    /// <summary>What is served where, in one line for the service manager.</summary>
    /// <param name="server">The server, started.</param>
    public static string Status(ConversationServer server) =>
        "serving " + string.Join(", ", server.Endpoints.Select(static endpoint => $"{endpoint.Service} at {endpoint.Uri}"));

    /// <summary>Says what a client's id is worth.</summary>
    /// <param name="place">The tokens; null where none are asked for.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="error">Where people read.</param>
    public static void AnnounceIdentities(TokenPlace? place, int count, TextWriter error) => error.WriteLine(place is null
        ? "aldis: client ids are claims: anybody may use any id, until --tokens asks for more."
        : string.Create(CultureInfo.InvariantCulture, $"aldis: clients show one of {count} tokens of {place.Path}{place.Exemption}."));

    /// <summary>Says what is bound.</summary>
    /// <param name="endpoints">It.</param>
    /// <param name="error">Where readiness lines go; null for none.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    public static void Announce(IEnumerable<BoundEndpoint> endpoints, TextWriter? error, JsonEvents? json)
    {
        foreach (BoundEndpoint endpoint in endpoints)
        {
            error?.WriteLine(endpoint.ToReadinessLine());
            json?.Write("listen", writer =>
            {
                writer.WriteString("service", endpoint.Service);
                writer.WriteString("proto", endpoint.Protocol);
                if (endpoint.EndPoint is not IPEndPoint)
                {
                    writer.WriteString("path", endpoint.Address);
                }
                else
                {
                    writer.WriteString("addr", endpoint.Address);
                    writer.WriteNumber("port", endpoint.Port);
                }
            });
        }
    }

    /// <summary>Says where health and metrics are shown.</summary>
    /// <param name="address">Where; null for nowhere.</param>
    /// <param name="isOpenToOthers">Whether other machines reach it.</param>
    /// <inheritdoc cref="Warn" path="/param[@name!='sentences']"/>
    public static void AnnounceAdmin(Uri? address, bool isOpenToOthers, TextWriter error, JsonEvents? json)
    {
        if (address is null)
        {
            return;
        }

        error.WriteLine($"ADMIN {address}");
        json?.Write("admin", writer => writer.WriteString("url", address.ToString()));
        if (isOpenToOthers)
        {
            const string Warning = "health and metrics are open to other machines, without TLS and for whoever asks.";
            Warn([Warning], error, json);
        }
    }

    /// <summary>Says what was served, at the end.</summary>
    /// <param name="counted">What the server counted.</param>
    /// <param name="new_clients_refused">Messages of new clients that were refused.</param>
    /// <inheritdoc cref="Warn" path="/param[@name!='sentences']"/>
    public static void Stopped(ServerStatistics counted, long newClientsRefused, TextWriter error, JsonEvents? json)
    {
        string takenOver = counted.ConnectionsTakenOver == 0
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $", {counted.ConnectionsTakenOver} taken over by their client's next");
        string shed = counted.ConnectionsShed == 0
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $", {counted.ConnectionsShed} ended for want of memory");
        string newClients = newClientsRefused == 0
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $", {newClientsRefused} messages of new clients refused");
        error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"aldis: stopped; {counted.ConnectionsOpened} connections served, {counted.ConnectionsRefused} refused{takenOver}{shed}{newClients}."));
        json?.Write("summary", writer =>
        {
            writer.WriteNumber("connections", counted.ConnectionsOpened);
            writer.WriteNumber("refused", counted.ConnectionsRefused);
            writer.WriteNumber("taken_over", counted.ConnectionsTakenOver);
            writer.WriteNumber("shed", counted.ConnectionsShed);
            if (newClientsRefused > 0)
            {
                writer.WriteNumber("new_clients_refused", newClientsRefused);
            }
        });
    }
}
