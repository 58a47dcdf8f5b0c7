using System.Text.Json;
using Aldis.Dashboard.Watch;
using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Api;

/// <summary>Makes the overview out of what is watched.</summary>
/// <param name="server">The server.</param>
/// <param name="watch">What was seen of it.</param>
/// <param name="store">Its journal; null where it has none.</param>
/// <param name="time">The clock.</param>
internal sealed class OverviewApi(ConversationServer server, ServerWatch watch, StoreSize? store, TimeProvider time)
{
    private static readonly string Version = typeof(OverviewApi).Assembly.GetName().Version?.ToString(3) ?? "0";

    private readonly Lock _lock = new();
    private long _sample = -1;
    private byte[] _snapshot = [];

    /// <summary>Whether the dashboard may change something.</summary>
    public bool AllowsControl { get; init; }

    /// <summary>Whether clients show tokens.</summary>
    public bool HasTokens { get; init; }

    /// <summary>The overview as it is now.</summary>
    public OverviewView Read()
    {
        DateTimeOffset now = time.GetUtcNow();
        IReadOnlyList<ServiceRates> rates = watch.Rates;
        WatchHistory history = watch.History;
        string[] failures = [.. server.Health.FailedStores, .. server.Health.Lost];
        string[] away = [.. server.Health.Reopening, .. server.Health.UnavailableStores];
        return new OverviewView(
            now,
            watch.StartedAt,
            Version,
            failures.Length > 0 ? "failed" : away.Length > 0 ? "degraded" : "well",
            [.. failures, .. away],
            server.OpenConnections,
            server.Statistics.ConnectionsOpened,
            server.Statistics.ConnectionsRefused,
            history.RefusedPerSecond.Count == 0 ? 0 : history.RefusedPerSecond[^1],
            FindCommonestRefusal(),
            rates.Sum(static one => one.Totals.Messages),
            rates.Sum(static one => one.MessagesPerSecond),
            TimesView.Of(history.PresentTimes, showsBuckets: false),
            [.. server.Endpoints.GroupBy(static endpoint => endpoint.Service, StringComparer.Ordinal).Select(group => View(group, rates))],
            store?.Read(),
            DatabaseView.Of(server.Health.Databases),
            new HistoryView(history.MessagesPerSecond, history.RefusedPerSecond, history.OpenConnections, history.AcknowledgedP99Ms),
            [
                .. server.Certificates.Expiries.OrderBy(static one => one.ValidUntil)
                    .Select(one => new CertificateView(one.File, one.ValidUntil, (one.ValidUntil - now).TotalDays)),
            ],
            AllowsControl,
            HasTokens);
    }

    /// <summary>The overview as JSON, as it was at the last sample: made once, whoever reads it.</summary>
    public ReadOnlyMemory<byte> ReadSnapshot()
    {
        lock (_lock)
        {
            long sample = watch.Samples;
            if (sample != _sample)
            {
                (_sample, _snapshot) = (sample, JsonSerializer.SerializeToUtf8Bytes(Read(), ApiJson.Default.OverviewView));
            }

            return _snapshot;
        }
    }

    private static ConversationView View(IGrouping<string, BoundEndpoint> endpoints, IReadOnlyList<ServiceRates> rates)
    {
        ServiceRates rate = rates.FirstOrDefault(one => one.Totals.Service == endpoints.Key);
        return new ConversationView(
            endpoints.Key,
            [.. endpoints.Select(static endpoint => endpoint.Uri)],
            rate.Totals.Open,
            rate.Totals.Messages,
            rate.MessagesPerSecond,
            rate.Totals.BytesReceived,
            rate.Totals.BytesSent,
            rate.ReceivedBytesPerSecond,
            rate.SentBytesPerSecond);
    }

    private string? FindCommonestRefusal() => watch.Events.Read(0, int.MaxValue).Events
        .Where(static what => what.Kind is ServiceEventKind.ConnectionRefused or ServiceEventKind.MessageRefused
            or ServiceEventKind.FileRefused or ServiceEventKind.DatagramRefused)
        .GroupBy(static what => what.Cause)
        .OrderByDescending(static group => group.Sum(static what => 1 + what.Further))
        .Select(static group => group.Last().Detail)
        .FirstOrDefault();
}
