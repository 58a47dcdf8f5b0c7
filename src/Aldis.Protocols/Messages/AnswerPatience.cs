namespace Aldis.Protocols.Messages;

/// <summary>
/// How long one connection may owe an answer (docs/protocols/messages.md section 5.4): the time-out counts from when the last byte of
/// what is to be answered left this machine, from the last acknowledgement that settled something, or from the end of a pause the server
/// asked for, whichever is latest. While that byte has not left, the answer is late only when nothing moves. What else is sent or
/// arrives does not matter. Times are nanoseconds of one clock that never goes back.
/// </summary>
internal sealed class AnswerPatience
{
    private const long LooksPerTimeout = 20;
    private const long LongestLookNs = 250_000_000;

    private readonly SendProgress _progress = new();
    private readonly long _timeoutNs;
    private long _awaitedFromNs;
    private long? _end;

    /// <summary>Begins a connection.</summary>
    /// <param name="timeoutNs">The time-out; more than 0.</param>
    /// <param name="nowNs">The time now.</param>
    public AnswerPatience(long timeoutNs, long nowNs)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(timeoutNs);
        _timeoutNs = timeoutNs;
        _awaitedFromNs = nowNs;
    }

    /// <summary>How long to wait at most between two looks while <see cref="IsLeaving"/>.</summary>
    public long LookIntervalNs => Math.Clamp(_timeoutNs / LooksPerTimeout, 1, LongestLookNs);

    /// <summary>Whether an answer is owed to something whose last byte has not left, as far as was looked.</summary>
    public bool IsLeaving => _end > _progress.LeftBytes;

    /// <summary>When the answer is late; null while none is owed.</summary>
    public long? DeadlineNs =>
        _end is null ? null : _timeoutNs < long.MaxValue - _awaitedFromNs ? _awaitedFromNs + _timeoutNs : long.MaxValue;

    /// <summary>Says what the server is to answer next.</summary>
    /// <param name="end">How many bytes the connection was given up to and with the last byte of it; null if there is nothing.</param>
    /// <param name="nowNs">The time now.</param>
    public void Await(long? end, long nowNs)
    {
        if (end is not null && end != _end)
        {
            RenewAt(nowNs);
        }

        _end = end;
    }

    /// <summary>Takes a look at what has left.</summary>
    /// <param name="writtenBytes">As for <see cref="SendProgress.Look"/>.</param>
    /// <param name="heldBytes">As for <see cref="SendProgress.Look"/>.</param>
    /// <param name="nowNs">The time now.</param>
    public void HandleLook(long writtenBytes, long heldBytes, long nowNs)
    {
        bool wasLeaving = IsLeaving;
        if (_progress.Look(writtenBytes, heldBytes) && wasLeaving)
        {
            RenewAt(nowNs);
        }
    }

    /// <summary>Takes that the server answered the preface or settled something.</summary>
    /// <param name="nowNs">The time now.</param>
    public void HandleSettled(long nowNs) => RenewAt(nowNs);

    /// <summary>Takes that the server asked for a pause.</summary>
    /// <param name="resumeNs">When it ends.</param>
    public void HandlePause(long resumeNs) => RenewAt(resumeNs);

    /// <summary>Takes that this process stood still: what came meanwhile is yet to be read.</summary>
    /// <param name="nowNs">The time now.</param>
    public void HandleStandstill(long nowNs) => RenewAt(nowNs);

    /// <summary>Whether the answer is late.</summary>
    /// <param name="nowNs">The time now.</param>
    /// <returns>True to give the connection up.</returns>
    public bool IsLate(long nowNs) => DeadlineNs is long deadline && nowNs >= deadline;

    private void RenewAt(long atNs) => _awaitedFromNs = Math.Max(_awaitedFromNs, atNs);
}
