using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Watch;

/// <summary>
/// Watches a server once a second, whether a page is open or not, and keeps the last ten minutes and the last events. It reads what
/// connections count for themselves: nothing is added to the way of a message. Thread-safe.
/// </summary>
internal sealed class ServerWatch : IAsyncDisposable
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private const int KeptEvents = 2048;
    private const int KeptClients = 4096;

    private readonly ConversationServer _server;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (RateHistory Messages, RateHistory Received, RateHistory Sent)> _services = new(StringComparer.Ordinal);
    private readonly RateHistory _messages = new();
    private readonly RateHistory _refused = new();
    private readonly Queue<int> _open = new(RateHistory.Seconds);
    private readonly TimesHistory _times = new();
    private readonly LinkWatch _links = new();
    private readonly IntakeWatch _intakes = new();
    private readonly ClientTallies _tallies = new(KeptClients);
    private readonly EventFollower _follower;
    private readonly ITimer _timer;
    private readonly Task _following;
    private IReadOnlyList<ServiceRates> _rates = [];
    private long _samples;

    /// <summary>Begins to watch.</summary>
    /// <param name="server">The server.</param>
    /// <param name="hub">Where its events go.</param>
    /// <param name="time">The clock.</param>
    public ServerWatch(ConversationServer server, EventHub hub, TimeProvider time)
    {
        _server = server;
        _time = time;
        StartedAt = time.GetUtcNow();
        _follower = hub.Follow(wantsMessages: false);
        _following = FollowAsync();
        _timer = time.CreateTimer(static watch => ((ServerWatch)watch!).Sample(), this, Period, Period);
    }

    /// <summary>When the watch began, with the server.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>How many seconds were looked at.</summary>
    public long Samples => Volatile.Read(ref _samples);

    /// <summary>The last events.</summary>
    public RecentEvents Events { get; } = new(KeptEvents);

    /// <summary>The conversations that had a connection, as they were at the last second.</summary>
    public IReadOnlyList<ServiceRates> Rates
    {
        get
        {
            lock (_lock)
            {
                return _rates;
            }
        }
    }

    /// <summary>The last ten minutes.</summary>
    public WatchHistory History
    {
        get
        {
            lock (_lock)
            {
                return new WatchHistory([.. _messages.PerSecond], [.. _refused.PerSecond], [.. _open], [.. _times.P99Ms], _times.Present);
            }
        }
    }

    /// <summary>The ARQ connections of the last ten minutes.</summary>
    public IReadOnlyList<WatchedLink> Links
    {
        get
        {
            lock (_lock)
            {
                return _links.Read();
            }
        }
    }

    /// <summary>How fast a connection receives files now.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>Bytes a second; null where that is not known yet.</returns>
    public double? FindIntakeRate(long number)
    {
        lock (_lock)
        {
            return _intakes.FindRate(number);
        }
    }

    /// <summary>What a client has done since the server started, on connections that are over; of the 4,096 that were heard last.</summary>
    /// <param name="client">Its id.</param>
    public ClientTally FindTally(string client)
    {
        lock (_lock)
        {
            return _tallies.Find(client);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _follower.Dispose();
        await _following.ConfigureAwait(false);
    }

    private void Sample()
    {
        TimeSpan now = _time.GetElapsedTime(0);
        IReadOnlyCollection<ServiceTotals> totals = _server.Registry.Totals();
        lock (_lock)
        {
            _messages.Sample(totals.Sum(static service => service.Messages), now);
            _refused.Sample(_server.Statistics.ConnectionsRefused, now);
            if (_open.Count == RateHistory.Seconds)
            {
                _open.Dequeue();
            }

            _open.Enqueue(_server.OpenConnections);
            _times.Sample(_server.AcknowledgementTimes?.ReadTimes());
            _intakes.Sample(_server.Registry.Intakes().Select(static one => (one.Id, one.Counted.BytesReceived)), now);
            _links.Sample(_server.Registry.Links(), now, _time.GetUtcNow());
            _rates = [.. totals.Select(service => Rate(service, now)).OrderBy(static one => one.Totals.Service, StringComparer.Ordinal)];
            Volatile.Write(ref _samples, _samples + 1);
        }
    }

    private ServiceRates Rate(in ServiceTotals totals, TimeSpan now)
    {
        if (!_services.TryGetValue(totals.Service, out (RateHistory Messages, RateHistory Received, RateHistory Sent) rates))
        {
            _services.Add(totals.Service, rates = (new RateHistory(), new RateHistory(), new RateHistory()));
        }

        rates.Messages.Sample(totals.Messages, now);
        rates.Received.Sample(totals.BytesReceived, now);
        rates.Sent.Sample(totals.BytesSent, now);
        return new ServiceRates(totals, rates.Messages.Latest, rates.Received.Latest, rates.Sent.Latest);
    }

    private async Task FollowAsync()
    {
        while (await _follower.WaitToReadAsync().ConfigureAwait(false))
        {
            while (true)
            {
                bool isRead = _follower.TryRead(out ServiceEvent what, out long missed);
                if (missed > 0)
                {
                    Events.HandleMissed();
                }

                if (!isRead)
                {
                    break;
                }

                Events.Add(what);
                lock (_lock)
                {
                    _tallies.Note(what);
                }
            }
        }
    }
}
