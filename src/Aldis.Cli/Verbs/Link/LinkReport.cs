using System.Globalization;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;
using Aldis.Protocols.Text;
using Aldis.Services.LinkApi;
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

    /// <summary>Says that the API answers, and no link of one's own stands.</summary>
    /// <param name="seed">Decides the seeds of proxies.</param>
    /// <inheritdoc cref="Begun(LinkRelay, string, EndpointAddress, TextWriter?, JsonEvents?)" path="/param[@name='error' or @name='json']"/>
    public static void Begun(ulong seed, TextWriter? error, JsonEvents? json)
    {
        error?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"aldis: links for who asks; --seed {seed} decides the same again."));
        json?.Write("begun", writer => writer.WriteNumber("seed", seed));
    }

    /// <summary>Says what the proxies of the API have done that there are at the end.</summary>
    /// <param name="proxies">The proxies.</param>
    /// <param name="elapsed">How long they were asked for.</param>
    /// <inheritdoc cref="Begun(LinkRelay, string, EndpointAddress, TextWriter?, JsonEvents?)" path="/param[@name='error' or @name='json']"/>
    public static void Ended(IReadOnlyList<LinkProxy> proxies, TimeSpan elapsed, TextWriter? error, JsonEvents? json)
    {
        LinkRelay[] relays = [.. proxies.Select(static proxy => proxy.Relay).OfType<LinkRelay>()];
        error?.WriteLine($"aldis: stopped after {Quantity.Duration(elapsed)}; proxies {proxies.Count}.");
        Ended(
            relays.Sum(static relay => relay.Clients),
            relays.Aggregate(new LinkCounters(), static (sum, relay) => sum.Plus(relay.CountersOf(LinkDirection.ToTarget))),
            relays.Aggregate(new LinkCounters(), static (sum, relay) => sum.Plus(relay.CountersOf(LinkDirection.ToClient))),
            elapsed,
            error,
            json);
    }

    /// <summary>Says what it has done.</summary>
    /// <param name="relay">The link.</param>
    /// <param name="elapsed">How long it ran.</param>
    /// <inheritdoc cref="Begun(LinkRelay, string, EndpointAddress, TextWriter?, JsonEvents?)" path="/param[@name='error' or @name='json']"/>
    public static void Ended(LinkRelay relay, TimeSpan elapsed, TextWriter? error, JsonEvents? json)
    {
        error?.WriteLine($"aldis: stopped after {Quantity.Duration(elapsed)}; clients {Quantity.Count(relay.Clients)}.");
        Ended(relay.Clients, relay.CountersOf(LinkDirection.ToTarget), relay.CountersOf(LinkDirection.ToClient), elapsed, error, json);
    }

    private static void Ended(
        long clients, LinkCounters toTarget, LinkCounters toClient, TimeSpan elapsed, TextWriter? error, JsonEvents? json)
    {
        error?.WriteLine("aldis: " + Text("to target", toTarget));
        error?.WriteLine("aldis: " + Text("to client", toClient));
        json?.Write("summary", writer =>
        {
            writer.WriteNumber("seconds", elapsed.TotalSeconds);
            writer.WriteNumber("clients", clients);
            Write(writer, "to_target", toTarget);
            Write(writer, "to_client", toClient);
        });
    }

    /// <summary>Says in an event what it has done so far.</summary>
    /// <param name="link">What it has done.</param>
    /// <param name="json">Where events go.</param>
    public static void Counted(LinkSnapshot link, JsonEvents json) => json.Write("counted", writer =>
    {
        writer.WriteNumber("clients", link.Clients);
        writer.WriteNumber("open", link.Open);
        Write(writer, "to_target", link.ToTarget);
        Write(writer, "to_client", link.ToClient);
    });

    /// <summary>The faults that fell upon something in one direction, for people.</summary>
    /// <param name="counters">What happened there.</param>
    /// <returns>A name and a number for each.</returns>
    public static IEnumerable<string> FaultsOf(LinkCounters counters) => Faults(counters).Where(static fault => fault.Count > 0)
        .Select(static fault => $"{fault.Name.Replace('_', ' ')} {Quantity.Count(fault.Count)}");

    private static string Text(string name, LinkCounters counters) => string.Join("  ", (string[])
    [
        name,
        $"in {Quantity.Count(counters.Received)} ({Quantity.Bytes(counters.ReceivedBytes)})",
        $"out {Quantity.Count(counters.Sent)} ({Quantity.Bytes(counters.SentBytes)})",
        .. FaultsOf(counters),
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
        ("duplicated", counters.Duplicated),
        ("held_back", counters.HeldBack),
        ("corrupted", counters.Corrupted),
        ("truncated", counters.Truncated),
        ("refused", counters.Refused),
        ("stalled", counters.Stalled),
        ("half_closed", counters.HalfClosed),
        ("closed", counters.Closed),
        ("reset", counters.Reset),
        ("delayed", counters.Delayed),
    ];
}
