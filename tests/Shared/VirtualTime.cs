namespace Aldis.Tests;

/// <summary>
/// The one clock of all tests. It moves when it is told to, and its timers ring on the way, each at its moment, the one that was made
/// first before another of the same moment. Its wall clock may be set.
/// </summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<VirtualTimer> _timers = [];
    private readonly DateTimeOffset _start;
    private TimeSpan _now;
    private TimeSpan _error;
    private long _made;

    /// <summary>Makes a clock that stands.</summary>
    /// <param name="start">What its wall clock shows; the first day of 2030 if left out.</param>
    public VirtualTime(DateTimeOffset? start = null) => _start = start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The time that passed since it was made.</summary>
    public TimeSpan Now
    {
        get
        {
            lock (_lock)
            {
                return _now;
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;

    public override DateTimeOffset GetUtcNow() => _start + Now + _error;

    /// <summary>Lets time pass, and rings what is due until then.</summary>
    public void Advance(TimeSpan time)
    {
        TimeSpan end = Now + time;
        while (Next(end) is VirtualTimer timer)
        {
            timer.Ring();
        }

        lock (_lock)
        {
            _now = end > _now ? end : _now;
        }
    }

    /// <summary>The whole process stands still: time passes and nothing rings.</summary>
    public void StandStill(TimeSpan duration)
    {
        lock (_lock)
        {
            _now += duration;
        }
    }

    /// <summary>Somebody sets the wall clock; the time that passes is not touched by it.</summary>
    public void Jump(TimeSpan distance) => _error += distance;

    /// <summary>Moves to the next timer that is set, and rings it.</summary>
    /// <returns>False if none is.</returns>
    public bool MoveToNextTimer()
    {
        VirtualTimer? next = Next(TimeSpan.MaxValue);
        next?.Ring();
        return next is not null;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, () => callback(state), Interlocked.Increment(ref _made));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Takes the next timer that is due, and moves to its moment.</summary>
    private VirtualTimer? Next(TimeSpan end)
    {
        lock (_lock)
        {
            VirtualTimer? next = _timers.MinBy(static timer => (timer.Due, timer.Number));
            if (next is null || next.Due > end)
            {
                return null;
            }

            _timers.Remove(next);
            _now = next.Due > _now ? next.Due : _now;
            return next;
        }
    }

    private sealed class VirtualTimer(VirtualTime time, Action ring, long number) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public long Number => number;

        public void Ring() => ring();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(Timeout.InfiniteTimeSpan, period);
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._now + (dueTime > TimeSpan.Zero ? dueTime : TimeSpan.Zero);
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
