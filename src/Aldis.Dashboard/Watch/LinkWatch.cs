using Aldis.Protocols.Arq;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Watch;

/// <summary>
/// Looks at the ARQ connections once a second and keeps the last ten minutes of as many as there is room for. One that ended stays until its
/// last second is ten minutes old, or its room is wanted. Not thread-safe.
/// </summary>
internal sealed class LinkWatch
{
    /// <summary>Connections whose seconds are kept; further ones wait until there is room.</summary>
    public const int Most = 64;

    private readonly Dictionary<long, Link> _links = [];

    /// <summary>Looks.</summary>
    /// <param name="open">The connections that are open, in the order in which they opened.</param>
    /// <param name="now">Time on a clock that never goes back.</param>
    /// <param name="today">The same moment as a date.</param>
    public void Sample(IReadOnlyList<ServedConnection> open, TimeSpan now, DateTimeOffset today)
    {
        foreach (ServedConnection connection in open)
        {
            Sample(connection.Id, connection.Peer, connection.Client, connection.Service, connection.Arq!.Statistics, now);
        }

        EndOthers(open.Select(static one => one.Id).ToHashSet(), now, today);
    }

    /// <summary>Takes what one connection has counted so far.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="peer">The client's address.</param>
    /// <param name="client">The id it named, where it did.</param>
    /// <param name="service">The conversation.</param>
    /// <param name="stats">What it counted.</param>
    /// <param name="now">Time on a clock that never goes back.</param>
    public void Sample(long number, string peer, string? client, string service, in ConnectionStats stats, TimeSpan now)
    {
        if (!_links.TryGetValue(number, out Link? link))
        {
            if (_links.Count >= Most && !TryMakeRoom())
            {
                return;
            }

            _links.Add(number, new Link(peer, service) { Client = client, Stats = stats, At = now });
            return;
        }

        link.Client = client;
        if (now > link.At)
        {
            if (link.Seconds.Count == RateHistory.Seconds)
            {
                link.Seconds.Dequeue();
            }

            link.Seconds.Enqueue(LinkSample.Of(link.Stats, stats, now - link.At));
            (link.Stats, link.At) = (stats, now);
        }
    }

    /// <summary>Notes which connections have ended, and forgets those whose end is old.</summary>
    /// <param name="open">The numbers of those that have not.</param>
    /// <param name="now">Time on a clock that never goes back.</param>
    /// <param name="today">The same moment as a date.</param>
    public void EndOthers(IReadOnlySet<long> open, TimeSpan now, DateTimeOffset today)
    {
        foreach ((long number, Link link) in _links.ToArray())
        {
            if (!open.Contains(number))
            {
                link.EndedAt ??= today;
                if (now - link.At >= RateHistory.Length)
                {
                    _links.Remove(number);
                }
            }
        }
    }

    /// <summary>What is kept, open ones first, in the order in which they opened.</summary>
    public IReadOnlyList<WatchedLink> Read() =>
    [
        .. _links.OrderBy(static entry => (entry.Value.EndedAt is not null, entry.Key)).Select(static entry => new WatchedLink(
            entry.Key,
            entry.Value.Peer,
            entry.Value.Client,
            entry.Value.Service,
            entry.Value.EndedAt,
            entry.Value.Stats,
            [.. entry.Value.Seconds])),
    ];

    private bool TryMakeRoom()
    {
        long? oldest = _links.Where(static entry => entry.Value.EndedAt is not null).OrderBy(static entry => entry.Value.At)
            .Select(static entry => (long?)entry.Key).FirstOrDefault();
        return oldest is { } number && _links.Remove(number);
    }

    private sealed class Link(string peer, string service)
    {
        public string Peer => peer;

        public string Service => service;

        public string? Client { get; set; }

        public ConnectionStats Stats { get; set; }

        public TimeSpan At { get; set; }

        public DateTimeOffset? EndedAt { get; set; }

        public Queue<LinkSample> Seconds { get; } = new();
    }
}
