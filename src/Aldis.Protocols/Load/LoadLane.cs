namespace Aldis.Protocols.Load;

/// <summary>
/// One connection of a load: which request may be sent when, and which is answered by what comes. Requests are answered in their order. In
/// a closed loop the next is due when there is room for it in the window; in an open loop it is due by the schedule, and waits where the
/// window is full: its time then counts from when it was due. Pure; not safe for several threads at once.
/// </summary>
internal sealed class LoadLane
{
    private readonly LoadTally _tally;
    private readonly OpenLoopSchedule? _schedule;
    private readonly int _index;

    // The requests under way, oldest first, from _first on.
    private readonly (long DueAt, long SentAt)[] _underWay;
    private int _first;
    private long _freeSince;
    private long _next;
    private long _due;

    /// <summary>Makes one that has sent nothing.</summary>
    /// <param name="tally">Takes what happens; several lanes of one thread share one.</param>
    /// <param name="schedule">When requests are due; null for a closed loop.</param>
    /// <param name="index">The lane's number in the schedule.</param>
    /// <param name="window">Requests that may be under way at once, at least 1.</param>
    public LoadLane(LoadTally tally, OpenLoopSchedule? schedule, int index, int window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        _tally = tally;
        _schedule = schedule;
        _index = index;
        _underWay = new (long DueAt, long SentAt)[window];
    }

    /// <summary>Requests that were sent and not answered.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Requests that are due and not sent; 0 in a closed loop.</summary>
    public long Backlog => _due - _next;

    /// <summary>Requests that may be under way at once.</summary>
    public int Window => _underWay.Length;

    /// <summary>When the oldest request that is under way was sent; the greatest number where none is.</summary>
    public long OldestSentAt => UnderWay == 0 ? long.MaxValue : _underWay[_first].SentAt;

    /// <summary>The next request of the schedule is due.</summary>
    public void Due() => _due++;

    /// <summary>The next request of the schedule is due, and there is no connection that it could be sent over.</summary>
    public void Skip()
    {
        _due++;
        Forget();
    }

    /// <summary>What is due and was not sent never will be.</summary>
    public void Forget()
    {
        for (; _next < _due; _next++)
        {
            if (_schedule!.DueAt(_index, _next) >= _tally.MeasureFromNanoseconds)
            {
                // The times are in order: so many were due since it is measured.
                _tally.CountUnsent(Backlog);
                _next = _due;
                return;
            }
        }
    }

    /// <summary>Decides whether a request is to be sent now, and notes that it is.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Whether the caller sends one.</returns>
    public bool TrySend(long now)
    {
        if (UnderWay == _underWay.Length || (_schedule is not null && Backlog == 0))
        {
            return false;
        }

        long dueAt = _schedule is null ? now : _schedule.DueAt(_index, _next++);
        if (_schedule is not null && dueAt >= _freeSince)
        {
            _tally.CountLateness(dueAt, now);
        }

        int last = (_first + UnderWay) % _underWay.Length;
        _underWay[last] = (dueAt, now);
        UnderWay++;
        _tally.CountSent(now);
        return true;
    }

    /// <summary>Answers came.</summary>
    /// <param name="count">How many, to the oldest requests.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether so many requests were under way.</returns>
    public bool TryAnswer(long count, long now)
    {
        if (count > UnderWay)
        {
            return false;
        }

        for (long i = 0; i < count; i++)
        {
            (long dueAt, long sentAt) = _underWay[_first];
            _first = _first + 1 == _underWay.Length ? 0 : _first + 1;
            UnderWay--;
            _tally.CountAnswered(dueAt, sentAt, now);
        }

        _freeSince = now;
        return true;
    }

    /// <summary>What is under way will not be answered any more.</summary>
    /// <param name="now">The time.</param>
    /// <returns>How many requests that were.</returns>
    public int Abandon(long now)
    {
        int abandoned = UnderWay;
        UnderWay = 0;
        _first = 0;
        _freeSince = now;
        return abandoned;
    }
}
