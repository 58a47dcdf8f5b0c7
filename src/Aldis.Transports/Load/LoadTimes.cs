namespace Aldis.Transports.Load;

/// <summary>When a load sends, is measured and ends, by <see cref="Datagrams.MonotonicClock"/>. Set by one thread, read by all.</summary>
internal sealed class LoadTimes
{
    private long _sendFrom = long.MaxValue;
    private long _measureFrom = long.MaxValue;
    private long _end = long.MaxValue;
    private long _drainUntil = long.MaxValue;

    /// <summary>From when requests are sent.</summary>
    public long SendFrom
    {
        get => Volatile.Read(ref _sendFrom);
        set => Volatile.Write(ref _sendFrom, value);
    }

    /// <summary>From when what is answered counts.</summary>
    public long MeasureFrom
    {
        get => Volatile.Read(ref _measureFrom);
        set => Volatile.Write(ref _measureFrom, value);
    }

    /// <summary>When the last request is sent.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    /// <summary>How long answers are still waited for.</summary>
    public long DrainUntil
    {
        get => Volatile.Read(ref _drainUntil);
        set => Volatile.Write(ref _drainUntil, value);
    }

    /// <summary>Whether a request may be sent.</summary>
    /// <param name="now">The time.</param>
    public bool IsSending(long now) => now >= SendFrom && now < End;
}
