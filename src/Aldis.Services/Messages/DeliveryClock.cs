namespace Aldis.Services.Messages;

/// <summary>
/// The clock of a <see cref="MessageDeliveryLoop"/>: nanoseconds since it began, and one timer for all its waits. One wait at a time.
/// </summary>
internal sealed class DeliveryClock : IDisposable
{
    private const long NanosecondsPerTick = 100;
    private const long NanosecondsPerMillisecond = 1_000_000;

    // More than a scheduler takes; a process that was stopped or a machine that was suspended is later than that.
    private const long LeastStandstillNs = 1000 * NanosecondsPerMillisecond;

    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly ITimer _timer;
    private TaskCompletionSource _alarm = new();

    public DeliveryClock(TimeProvider time)
    {
        _time = time;
        _began = time.GetTimestamp();
        _timer = time.CreateTimer(
            static clock => Volatile.Read(ref ((DeliveryClock)clock!)._alarm).TrySetResult(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Elapsed => _time.GetElapsedTime(_began);

    public long NowNs => Elapsed.Ticks * NanosecondsPerTick;

    /// <summary>A span as nanoseconds; <see cref="long.MaxValue"/> where it is infinite or too long to count.</summary>
    public static long Nanoseconds(TimeSpan span) =>
        span == Timeout.InfiniteTimeSpan || span.Ticks > long.MaxValue / NanosecondsPerTick
            ? long.MaxValue
            : span.Ticks * NanosecondsPerTick;

    /// <summary>Rings at a moment. The task of an earlier call may then ring early, late or never.</summary>
    /// <param name="dueNs">The moment, at least a millisecond from now so that nobody spins; <see cref="long.MaxValue"/> for never.</param>
    /// <returns>A task that ends then, or a little early.</returns>
    public Task RingAt(long dueNs)
    {
        TaskCompletionSource alarm = new();
        Volatile.Write(ref _alarm, alarm);
        long milliseconds = (dueNs - NowNs + NanosecondsPerMillisecond - 1) / NanosecondsPerMillisecond;
        _timer.Change(
            dueNs == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 1, int.MaxValue)),
            Timeout.InfiniteTimeSpan);
        return alarm.Task;
    }

    /// <summary>For how long this process stood still in a wait, as far as known.</summary>
    /// <param name="dueNs">When the wait was to end at the latest.</param>
    /// <returns>0 where it did not.</returns>
    public long StandstillNs(long dueNs)
    {
        long lateNs = NowNs - dueNs;
        return lateNs > LeastStandstillNs ? lateNs : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
