namespace Aldis.Services.Tests.Messages;

/// <summary>The clock of a <see cref="VirtualWorld"/>.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly List<VirtualTimer> _timers = [];
    private long _created;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Now { get; private set; }

    public override long GetTimestamp() => Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, period);
        var timer = new VirtualTimer(this, () => callback(state), _created++);
        _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>The whole process stands still: time passes and nothing rings.</summary>
    public void StandStill(TimeSpan duration) => Now += duration;

    /// <summary>Moves to the next timer that is set, and rings it.</summary>
    /// <returns>False if none is.</returns>
    public bool MoveToNextTimer()
    {
        VirtualTimer? next = _timers.Where(static timer => timer.Due is not null)
            .OrderBy(static timer => timer.Due)
            .ThenBy(static timer => timer.Number)
            .FirstOrDefault();
        if (next is null)
        {
            return false;
        }

        Now = next.Due!.Value > Now ? next.Due.Value : Now;
        next.Ring();
        return true;
    }

    private sealed class VirtualTimer(VirtualTime time, Action ring, long number) : ITimer
    {
        public long Number => number;

        public TimeSpan? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : time.Now + (dueTime > TimeSpan.Zero ? dueTime : TimeSpan.Zero);
            return true;
        }

        public void Ring()
        {
            Due = null;
            ring();
        }

        public void Dispose()
        {
            Due = null;
            time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
