namespace Aldis.Services.Events;

/// <summary>
/// Where everything that happens is told to everybody who follows. Gives each event its number and time, keeps the last ones for those who
/// come back, and puts them into the queue of each follower (<see cref="EventFollower"/>). Both sides may rely on this:
/// <list type="bullet">
/// <item><description><see cref="Publish"/> waits for no follower: its lock is held for copies alone, and a queue that is full drops and
/// counts. It allocates nothing where nobody follows.</description></item>
/// <item><description>Each follower reads every event in the order of the numbers, or is told how many it missed.</description></item>
/// <item><description>A hub that retains nothing and that nobody follows takes no event and gives no number; of events that come with each
/// message that holds as soon as nobody wants them.</description></item>
/// </list>
/// </summary>
public sealed class EventHub : IServiceEvents
{
    /// <summary>How many events are kept for those who come back, unless it is said otherwise.</summary>
    public const int DefaultRetained = 1024;

    /// <summary>How many events wait for a follower at most, unless it is said otherwise.</summary>
    public const int DefaultCapacity = 8192;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly ServiceEvent[] _retained;
    private EventFollower[] _followers = [];
    private long _last;
    private bool _showsPayload;
    private bool _isObserved;

    /// <summary>Makes a hub without followers.</summary>
    /// <param name="time">The clock of the events; the system's if left out.</param>
    /// <param name="retained">How many events are kept, from 0.</param>
    public EventHub(TimeProvider? time = null, int retained = DefaultRetained)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(retained);
        _time = time ?? TimeProvider.System;
        _retained = new ServiceEvent[retained];
        _isObserved = retained > 0;
    }

    /// <inheritdoc/>
    public bool ShowsPayload => Volatile.Read(ref _showsPayload);

    /// <inheritdoc/>
    public bool IsObserved => Volatile.Read(ref _isObserved);

    /// <summary>The number of the last event; 0 before the first.</summary>
    public long LastNumber => Volatile.Read(ref _last);

    /// <summary>Guards what the hub hands to its followers, and what they count.</summary>
    internal Lock Gate => _lock;

    /// <summary>Begins to follow.</summary>
    /// <param name="after">
    /// The number of the last event that is known (a <c>Last-Event-ID</c>): what came after it and is still kept is read first, and
    /// <see cref="EventFollower.Gone"/> has the number of the rest. A number this hub has not given yet is of another one: then all that is
    /// kept is read. Null follows from now on.
    /// </param>
    /// <param name="wantsPayload">Whether to have the beginnings of payloads; from now on they are copied then.</param>
    /// <param name="capacity">How many events wait for this follower at most, from 1; what is kept finds room on top of it.</param>
    /// <param name="wantsMessages">Whether to have the events that come with each message (<see cref="ServiceEvent.IsPerMessage"/>): while
    /// nobody has, and none are kept, they are not made.</param>
    /// <returns>The follower; dispose it to stop.</returns>
    public EventFollower Follow(
        long? after = null, bool wantsPayload = false, int capacity = DefaultCapacity, bool wantsMessages = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after ?? 0, nameof(after));
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        lock (_lock)
        {
            long known = after is not long number ? _last : number <= _last ? number : 0;
            long first = Math.Max(known, _last - _retained.Length) + 1;
            int kept = (int)(_last - first + 1);
            var follower = new EventFollower(this, capacity + kept, wantsPayload, wantsMessages, connection: null, first - 1 - known);
            for (long next = first; next <= _last; next++)
            {
                follower.Offer(_retained[next % _retained.Length]);
            }

            SetFollowers([.. _followers, follower]);
            return follower;
        }
    }

    /// <summary>Begins to follow one connection from now on, with what comes with each message: of no other connection is anything made or
    /// queued for this follower.</summary>
    /// <param name="connection">The connection's number.</param>
    /// <param name="wantsPayload">As of <see cref="Follow"/>.</param>
    /// <param name="capacity">As of <see cref="Follow"/>.</param>
    /// <returns>The follower; dispose it to stop.</returns>
    internal EventFollower FollowConnection(long connection, bool wantsPayload, int capacity)
    {
        lock (_lock)
        {
            var follower = new EventFollower(this, capacity, wantsPayload, wantsMessages: true, connection, gone: 0);
            SetFollowers([.. _followers, follower]);
            return follower;
        }
    }

    /// <inheritdoc/>
    bool IServiceEvents.IsObservedOf(long connection) => IsObservedOf(connection);

    /// <inheritdoc/>
    public void Publish(in ServiceEvent what)
    {
        if (what.IsPerMessage ? !IsObservedOf(what.Connection) : _retained.Length == 0 && Volatile.Read(ref _followers).Length == 0)
        {
            return;
        }

        lock (_lock)
        {
            ServiceEvent told = what with { Number = _last + 1, Time = _time.GetUtcNow() };
            Volatile.Write(ref _last, told.Number);
            if (_retained.Length > 0)
            {
                _retained[told.Number % _retained.Length] = told;
            }

            foreach (EventFollower follower in _followers)
            {
                follower.Offer(told);
            }
        }
    }

    /// <summary>Forgets a follower.</summary>
    /// <param name="follower">Who stops.</param>
    internal void Remove(EventFollower follower)
    {
        lock (_lock)
        {
            SetFollowers([.. _followers.Where(other => other != follower)]);
        }
    }

    private bool IsObservedOf(long connection)
    {
        if (IsObserved)
        {
            return true;
        }

        foreach (EventFollower follower in Volatile.Read(ref _followers))
        {
            if (follower.Connection == connection)
            {
                return true;
            }
        }

        return false;
    }

    private void SetFollowers(EventFollower[] followers)
    {
        Volatile.Write(ref _followers, followers);
        Volatile.Write(
            ref _isObserved,
            _retained.Length > 0 || Array.Exists(followers, static follower => follower is { WantsMessages: true, Connection: null }));
        Volatile.Write(ref _showsPayload, Array.Exists(followers, static follower => follower.WantsPayload));
    }
}
