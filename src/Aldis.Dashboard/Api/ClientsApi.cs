using Aldis.Dashboard.Watch;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Api;

/// <summary>
/// The clients of the journal. Who wants them has the whole journal read, so that is done at most once in ten seconds, whoever asks.
/// Thread-safe.
/// </summary>
/// <param name="directory">The journal's directory.</param>
/// <param name="server">The server, for the connections they have.</param>
/// <param name="watch">What was seen of it.</param>
/// <param name="time">The clock.</param>
internal sealed class ClientsApi(string directory, ConversationServer server, ServerWatch watch, TimeProvider time)
{
    /// <summary>Clients in one answer at most: a page shows no more, and asks for others by a filter.</summary>
    public const int Most = 1000;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>Nobody is called late before this: what is on its way, and the reading itself, take some seconds.</summary>
    private static readonly TimeSpan LeastSilence = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Task<Listing>? _listing;
    private long _listedAt;

    /// <summary>Those that a filter wants, by id.</summary>
    /// <param name="text">Only those whose id contains it; null for all.</param>
    /// <param name="wantsLate">Only those that are later than their habit.</param>
    /// <param name="cancellationToken">Waits no longer; the listing goes on for others.</param>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public async Task<ClientsView> ReadAsync(string? text, bool wantsLate, CancellationToken cancellationToken)
    {
        Listing listing = await List().WaitAsync(cancellationToken).ConfigureAwait(false);
        ClientSummary[] wanted =
        [
            .. listing.Clients
                .Where(one => string.IsNullOrEmpty(text) || one.Client.Contains(text, StringComparison.OrdinalIgnoreCase))
                .Where(one => !wantsLate || IsLate(one, listing.At)),
        ];
        ILookup<string, OpenConnection> here = server.Connections
            .Where(static one => one.Client is not null)
            .ToLookup(static one => one.Client!, StringComparer.Ordinal);
        return new ClientsView(
            listing.Clients.Count,
            wanted.Length,
            wanted.Count(one => IsLate(one, listing.At)),
            [.. wanted.Take(Most).Select(one => View(one, listing.At, [.. here[one.Client]], watch.FindTally(one.Client)))]);
    }

    /// <summary>Whether a client is silent for longer than its habit.</summary>
    /// <param name="client">The client.</param>
    /// <param name="now">When the journal was read.</param>
    public static bool IsLate(ClientSummary client, DateTimeOffset now) =>
        client is { LastSeen: { } seen, Arrivals.UsualPause: { } pause } && now - seen > TimeSpan.FromTicks(Math.Max(2 * pause.Ticks, LeastSilence.Ticks));

    private static ClientView View(ClientSummary client, DateTimeOffset now, OpenConnection[] here, ClientTally before) => new(
        client.Client,
        client.Last,
        client.Messages,
        client.LastSeen,
        client.Arrivals?.UsualPause?.TotalSeconds,
        IsLate(client, now),
        client.Arrivals?.PerQuarterHour,
        here.Length == 0 ? null : here.Max(static one => one.Number),
        before.Connections + here.Length,
        before.Repeats + here.Sum(static one => one.Repeats),
        before.Refused);

    private Task<Listing> List()
    {
        lock (_lock)
        {
            if (_listing is null || (_listing.IsCompleted && (_listing.IsFaulted || time.GetElapsedTime(_listedAt) >= Period)))
            {
                _listedAt = time.GetTimestamp();
                _listing = Task.Run(() =>
                {
                    DateTimeOffset now = time.GetUtcNow();
                    return new Listing(now, ClientListing.Read(directory, FileStorage.Instance, now).Clients);
                });
            }

            return _listing;
        }
    }

    /// <summary>What was read of the journal, and when.</summary>
    private sealed record Listing(DateTimeOffset At, IReadOnlyList<ClientSummary> Clients);
}
