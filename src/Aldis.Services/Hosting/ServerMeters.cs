using System.Diagnostics.Metrics;
using System.Text;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Services.Hosting;

/// <summary>
/// What a server counts, as instruments of the meter <see cref="Name"/> (docs/operations.md). Most are observed: what is counted
/// anyway is read when somebody asks, and nothing is added to the way of a message. A commit of a store costs two looks at a clock more.
/// </summary>
internal sealed class ServerMeters : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "Aldis.Server";

    private const string ServiceTag = "aldis.service";

    private const string LevelTag = "aldis.level";

    private static readonly TimeSpan RttPeriod = TimeSpan.FromSeconds(10);

    // From a write into the page cache to a disk that stalls.
    private static readonly InstrumentAdvice<double> CommitBuckets = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    // From loopback to a path that hardly answers.
    private static readonly InstrumentAdvice<double> RttBuckets = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    };

    private readonly bool _isOwn;
    private readonly ConversationServer _server;
    private readonly TimeProvider _time;
    private readonly ITimer _rttTimer;
    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<double> _syncDuration;
    private readonly Histogram<double> _rtt;
    private readonly Lock _lock = new();
    private readonly List<(string Level, IStoreFigures Store)> _stores = [];

    /// <summary>Makes them.</summary>
    /// <param name="server">Whose they are.</param>
    /// <param name="refusals">What it refused.</param>
    /// <param name="factory">Of the application, which then owns the meter; null for a meter of our own.</param>
    /// <param name="time">The clock.</param>
    public ServerMeters(ConversationServer server, RefusalCounts refusals, IMeterFactory? factory, TimeProvider time)
    {
        _isOwn = factory is null;
        _server = server;
        _time = time;
        Meter = factory?.Create(new MeterOptions(Name)) ?? new Meter(Name);
        _commitDuration = Meter.CreateHistogram(
            "aldis.store.commit.duration",
            "s",
            "How long the writes of a store took, with the sync where its level waits for one.",
            null,
            CommitBuckets);
        _syncDuration = Meter.CreateHistogram("aldis.store.sync.duration", "s", "How long the syncs of a store took.", null, CommitBuckets);
        _rtt = Meter.CreateHistogram(
            "aldis.arq.rtt", "s", "The smoothed round-trip time of each open connection over arq, every ten seconds.", null, RttBuckets);
        ObserveConnections(refusals);
        ObserveHealth();
        ObserveStores();
        ObserveArq();
        _rttTimer = time.CreateTimer(
            static meters => ((ServerMeters)meters!).RecordRtt(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _rttTimer.Change(RttPeriod, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The meter.</summary>
    public Meter Meter { get; }

    /// <summary>Counts what a store does.</summary>
    /// <param name="owner">Whose store it is.</param>
    public void Follow(IStoreOwner owner)
    {
        if (owner.Figures is not { } figures)
        {
            return;
        }

        string level = WordOf(owner.Level);
        KeyValuePair<string, object?> tag = new(LevelTag, level);
        lock (_lock)
        {
            _stores.Add((level, figures));
        }

        figures.Committed = commit =>
        {
            _commitDuration.Record((commit.Write + (commit.Sync ?? TimeSpan.Zero)).TotalSeconds, tag);
            if (commit.Sync is { } sync)
            {
                _syncDuration.Record(sync.TotalSeconds, tag);
            }

            ServerTraces.TellCommit(commit, level, _time.GetUtcNow());
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rttTimer.Dispose();
        lock (_lock)
        {
            _stores.ForEach(static one => one.Store.Committed = null);
            _stores.Clear();
        }

        if (_isOwn)
        {
            Meter.Dispose();
        }
    }

    private void ObserveConnections(RefusalCounts refusals)
    {
        Meter.CreateObservableUpDownCounter(
            "aldis.server.active_connections",
            () => _server.Registry.Totals().Select(static one => Of(one.Open, one.Service)),
            "{connection}",
            "Connections that are being served.");
        Meter.CreateObservableCounter(
            "aldis.server.connections", () => _server.Statistics.ConnectionsOpened, "{connection}", "Connections that were admitted.");
        Meter.CreateObservableCounter(
            "aldis.server.connections.shed",
            () => _server.Statistics.ConnectionsShed,
            "{connection}",
            "Connections that were admitted and ended for want of memory.");
        Meter.CreateObservableCounter(
            "aldis.server.connections.ended",
            () => Counts(refusals, isEnd: true).Select(static one => Of(one.Count, one.Service, "error.type", KebabName.Of(one.Cause))),
            "{connection}",
            "Connections that were admitted and ended otherwise than in order, by cause.");
        Meter.CreateObservableCounter(
            "aldis.server.messages",
            () => _server.Registry.Totals().Select(static one => Of(one.Messages, one.Service)),
            "{message}",
            "Messages, texts and files that were taken.");
        Meter.CreateObservableCounter(
            "aldis.server.network.io",
            () => _server.Registry.Totals().SelectMany(static one => new[]
            {
                Of(one.BytesReceived, one.Service, "network.io.direction", "receive"),
                Of(one.BytesSent, one.Service, "network.io.direction", "transmit"),
            }),
            "By",
            "Bytes of connections, those of TLS included.");
        Meter.CreateObservableCounter(
            "aldis.server.refusals",
            () => Counts(refusals, isEnd: false).Select(static one => Of(
                one.Count, one.Service, "aldis.kind", KebabName.Of(one.Kind), "error.type", KebabName.Of(one.Cause))),
            "{refusal}",
            "What was refused and what failed, by kind and cause.");
    }

    private void ObserveHealth()
    {
        Meter.CreateObservableUpDownCounter(
            "aldis.server.listeners.down",
            () => _server.Health.Reopening.Count + _server.Health.Lost.Count,
            "{listener}",
            "Listeners that died and are not open.");
        Meter.CreateObservableUpDownCounter(
            "aldis.server.stores.failed", () => _server.Health.FailedStores.Count, "{store}", "Stores that take nothing until a restart.");
        Meter.CreateObservableUpDownCounter(
            "aldis.server.stores.unavailable", () => _server.Health.UnavailableStores.Count, "{store}", "Stores that take nothing for now.");
        Meter.CreateObservableGauge(
            "aldis.server.certificate.lifetime",
            () => _server.Certificates.Expiries.Select(one => new Measurement<long>(
                (long)(one.ValidUntil - _time.GetUtcNow()).TotalSeconds, new KeyValuePair<string, object?>("file.path", one.File))),
            "s",
            "How long each certificate is valid from now on; negative where it expired.");
    }

    private void ObserveStores()
    {
        Meter.CreateObservableCounter(
            "aldis.store.messages",
            () => OfStores(static figures => figures.Messages),
            "{message}",
            "Messages that reached the level of their store.");
        Meter.CreateObservableUpDownCounter(
            "aldis.store.queue", () => OfStores(static figures => figures.QueuedBytes), "By", "Bytes that wait to be written to a store.");
        Meter.CreateObservableUpDownCounter(
            "aldis.store.size", () => OfStores(static figures => figures.SizeBytes), "By", "Bytes that a store holds.");
        Meter.CreateObservableUpDownCounter(
            "aldis.store.standbys",
            () => OfDatabases(static state => state.Standbys),
            "{standby}",
            "Standbys of a database for which commits can wait.");
        Meter.CreateObservableGauge(
            "aldis.store.replication.lag",
            () => OfDatabases(static state => state.LagBytes),
            "By",
            "Bytes of a database's log that the nearest of those standbys has not on its disk yet.");
    }

    private void ObserveArq()
    {
        Meter.CreateObservableCounter(
            "aldis.arq.packets",
            () => _server.Registry.ArqTotals().Sent,
            "{packet}",
            "Packets with data or probes that were sent over arq, repetitions included.");
        Meter.CreateObservableCounter(
            "aldis.arq.retransmissions",
            () =>
            {
                ArqTotals totals = _server.Registry.ArqTotals();
                return new[]
                {
                    Of(totals.AfterTimeout, "aldis.cause", "timeout"),
                    Of(totals.InRewind, "aldis.cause", "rewind"),
                    Of(totals.Reported, "aldis.cause", "reported"),
                };

                static Measurement<long> Of(long value, string name, string word) => new(value, new KeyValuePair<string, object?>(name, word));
            },
            "{packet}",
            "Packets that were sent again over arq, by what caused it.");
    }

    private void RecordRtt()
    {
        foreach (ServedConnection link in _rtt.Enabled ? _server.Registry.Links() : [])
        {
            if (link.Arq!.Statistics.SmoothedRttNs is > 0 and long rtt)
            {
                _rtt.Record(rtt / 1e9);
            }
        }

        _rttTimer.Change(RttPeriod, Timeout.InfiniteTimeSpan);
    }

    private static IEnumerable<(ServiceEventKind Kind, string Service, ServiceEventCause Cause, long Count)> Counts(
        RefusalCounts counts, bool isEnd) =>
        counts.Snapshot().Where(one => one.Kind == ServiceEventKind.ConnectionClosed == isEnd);

    private IEnumerable<Measurement<long>> OfStores(Func<StoreFigures, long?> read)
    {
        lock (_lock)
        {
            return [.. _stores.SelectMany(one => OfLevel(read(one.Store.ReadFigures()), one.Level))];
        }
    }

    private IEnumerable<Measurement<long>> OfDatabases(Func<DatabaseState, long?> read) => _server.Health.Databases.SelectMany(
        one => one.State is { } state ? OfLevel(read(state), WordOf(one.Level)) : []);

    /// <summary>A value with its level; nothing where there is none.</summary>
    private static IEnumerable<Measurement<long>> OfLevel(long? value, string level) => value is { } known
        ? [new Measurement<long>(known, new KeyValuePair<string, object?>(LevelTag, level))]
        : [];

    private static string WordOf(AcknowledgementLevel? level) =>
        level is { } known ? Encoding.ASCII.GetString(AcknowledgementLevels.GetWord(known)) : "none";

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
