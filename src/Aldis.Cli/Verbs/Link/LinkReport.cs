using System.Globalization;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;
using Aldis.Protocols.Text;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;

namespace Aldis.Cli.Verbs.Link;

/// <summary>What a link says of itself at its start and its end, to people and as events.</summary>
internal static class LinkReport
{
    /// <summary>Says what it does.</summary>
    /// <param name="relay">The link, started.</param>
    /// <param name="protocol">The scheme of where it listens.</param>
    /// <param name="target">Where it leads.</param>
    /// <param name="error">Where people read; null where they do not.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    public static void Begun(LinkRelay relay, string protocol, EndpointAddress target, TextWriter? error, JsonEvents? json)
    {
        error?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"aldis: a link to {target} by {protocol}; --seed {relay.Seed} decides the same again."));
        json?.Write("begun", writer =>
        {
            writer.WriteString("target", target.ToString());
            writer.WriteNumber("seed", relay.Seed);
        });
    }

    /// <summary>Says what it has done.</summary>
    /// <param name="relay">The link.</param>
    /// <param name="elapsed">How long it ran.</param>
    /// <inheritdoc cref="Begun" path="/param[@name='error' or @name='json']"/>
    public static void Ended(LinkRelay relay, TimeSpan elapsed, TextWriter? error, JsonEvents? json)
    {
        LinkCounters toTarget = relay.CountersOf(LinkDirection.ToTarget);
        LinkCounters toClient = relay.CountersOf(LinkDirection.ToClient);
        if (error is not null)
        {
            error.WriteLine($"aldis: stopped after {Quantity.Duration(elapsed)}; clients {Quantity.Count(relay.Clients)}.");
            error.WriteLine("aldis: " + Text("to target", toTarget));
            error.WriteLine("aldis: " + Text("to client", toClient));
        }

        json?.Write("summary", writer =>
        {
            writer.WriteNumber("seconds", elapsed.TotalSeconds);
            writer.WriteNumber("clients", relay.Clients);
            Write(writer, "to_target", toTarget);
            Write(writer, "to_client", toClient);
        });
    }

    private static string Text(string name, LinkCounters counters) => string.Join("  ", (string[])
    [
        name,
        $"in {Quantity.Count(counters.Received)} ({Quantity.Bytes(counters.ReceivedBytes)})",
        $"out {Quantity.Count(counters.Sent)} ({Quantity.Bytes(counters.SentBytes)})",
        .. Faults(counters).Where(static fault => fault.Count > 0)
            .Select(static fault => $"{fault.Name.Replace('_', ' ')} {Quantity.Count(fault.Count)}"),
    ]);

    private static void Write(Utf8JsonWriter writer, string name, LinkCounters counters)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("received", counters.Received);
        writer.WriteNumber("received_bytes", counters.ReceivedBytes);
        writer.WriteNumber("sent", counters.Sent);
        writer.WriteNumber("sent_bytes", counters.SentBytes);
        foreach ((string fault, long count) in Faults(counters))
        {
            writer.WriteNumber(fault, count);
        }

        writer.WriteEndObject();
    }

    private static (string Name, long Count)[] Faults(LinkCounters counters) =>
    [
        ("lost", counters.Lost),
        ("queue_full", counters.QueueFull),
        ("too_long", counters.TooLong),
        ("cut", counters.Cut),
        ("delayed", counters.Delayed),
        ("duplicated", counters.Duplicated),
        ("held_back", counters.HeldBack),
        ("corrupted", counters.Corrupted),
        ("truncated", counters.Truncated),
        ("refused", counters.Refused),
        ("stalled", counters.Stalled),
        ("half_closed", counters.HalfClosed),
        ("closed", counters.Closed),
        ("reset", counters.Reset),
    ];
}
