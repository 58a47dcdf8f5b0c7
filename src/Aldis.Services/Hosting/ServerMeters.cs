using System.Diagnostics.Metrics;
using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Services.Hosting;

/// <summary>
/// What a server counts, as instruments of the meter <see cref="Name"/> (docs/operations.md). All of them are observed: what is counted
/// anyway is read when somebody asks, and nothing is added to the way of a message.
/// </summary>
internal sealed class ServerMeters : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "Aldis.Server";

    private const string ServiceTag = "aldis.service";

    private readonly bool _isOwn;

    /// <summary>Makes them.</summary>
    /// <param name="server">Whose they are.</param>
    /// <param name="refusals">What it refused.</param>
    /// <param name="factory">Of the application, which then owns the meter; null for a meter of our own.</param>
    public ServerMeters(ConversationServer server, RefusalCounts refusals, IMeterFactory? factory)
    {
        _isOwn = factory is null;
        Meter = factory?.Create(new MeterOptions(Name)) ?? new Meter(Name);
        Meter.CreateObservableUpDownCounter(
            "aldis.server.active_connections",
            () => server.Registry.Totals().Select(static one => Of(one.Open, one.Service)),
            "{connection}",
            "Connections that are being served.");
        Meter.CreateObservableCounter(
            "aldis.server.connections", () => server.Statistics.ConnectionsOpened, "{connection}", "Connections that were admitted.");
        Meter.CreateObservableCounter(
            "aldis.server.connections.shed",
            () => server.Statistics.ConnectionsShed,
            "{connection}",
            "Connections that were admitted and ended for want of memory.");
        Meter.CreateObservableCounter(
            "aldis.server.messages",
            () => server.Registry.Totals().Select(static one => Of(one.Messages, one.Service)),
            "{message}",
            "Messages, texts and files that were taken.");
        Meter.CreateObservableCounter(
            "aldis.server.network.io",
            () => server.Registry.Totals().SelectMany(static one => new[]
            {
                Of(one.BytesReceived, one.Service, "network.io.direction", "receive"),
                Of(one.BytesSent, one.Service, "network.io.direction", "transmit"),
            }),
            "By",
            "Bytes of connections, those of TLS included.");
        Meter.CreateObservableCounter(
            "aldis.server.refusals",
            () => refusals.Snapshot().Select(static one => Of(
                one.Count, one.Service, "aldis.kind", KebabName.Of(one.Kind), "error.type", KebabName.Of(one.Cause))),
            "{refusal}",
            "What was refused and what failed, by kind and cause.");
        Meter.CreateObservableUpDownCounter(
            "aldis.server.listeners.down",
            () => server.Health.Reopening.Count + server.Health.Lost.Count,
            "{listener}",
            "Listeners that died and are not open.");
        Meter.CreateObservableUpDownCounter(
            "aldis.server.stores.failed", () => server.Health.FailedStores.Count, "{store}", "Stores that take nothing until a restart.");
    }

    /// <summary>The meter.</summary>
    public Meter Meter { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOwn)
        {
            Meter.Dispose();
        }
    }

    private static Measurement<long> Of(long value, string service, params ReadOnlySpan<string> tags)
    {
        var all = new KeyValuePair<string, object?>[1 + (tags.Length / 2)];
        all[0] = new(ServiceTag, service);
        for (int at = 1; at < all.Length; at++)
        {
            all[at] = new(tags[2 * (at - 1)], tags[(2 * at) - 1]);
        }

        return new Measurement<long>(value, all);
    }
}
