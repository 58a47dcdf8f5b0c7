namespace Aldis.Protocols.Messages;

/// <summary>
/// The retry budget of a sender (docs/protocols/messages.md section 5.4): for how long there may be no usable connection or no accepting
/// server before it gives up. It decides nothing about a connection that is open and within its time-out; that is
/// <see cref="AnswerPatience"/>'s. Times are nanoseconds of one clock that never goes back.
/// </summary>
internal sealed class DeliveryPatience
{
    /// <summary>A budget that is never used up.</summary>
    public const long Forever = long.MaxValue;

    // One silent connection may last as long as the whole budget, so that a single one would never be followed by another.
    private const int LeastConnections = 2;

    private readonly long _retryNs;
    private int _connections;

    /// <summary>Begins with nothing reached yet.</summary>
    /// <param name="retryNs">The budget; 0 for one connection only, <see cref="Forever"/> to go on for ever.</param>
    /// <param name="nowNs">The time now.</param>
    public DeliveryPatience(long retryNs, long nowNs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(retryNs);
        _retryNs = retryNs;
        UnservedSinceNs = nowNs;
    }

    /// <summary>The moment U: since when there has been no usable connection or no accepting server; null while there is one.</summary>
    public long? UnservedSinceNs { get; private set; }

    /// <summary>When the budget is used up; null while it does not run, and where it never is.</summary>
    public long? EndsAtNs => UnservedSinceNs is long since && _retryNs <= Forever - since ? since + _retryNs : null;

    /// <summary>Takes that a connection is tried.</summary>
    public void HandleAttempt() => _connections++;

    /// <summary>Takes that the server answered the preface.</summary>
    /// <param name="isWaiting">Whether anything waits to be settled.</param>
    public void HandleHello(bool isWaiting)
    {
        if (!isWaiting)
        {
            HandleSettled();
        }
    }

    /// <summary>Takes that something that waited was acknowledged or refused for good.</summary>
    public void HandleSettled() => UnservedSinceNs = null;

    /// <summary>Takes that the server accepts nothing for now: <c>busy</c> or <c>disk-full</c>.</summary>
    /// <param name="nowNs">The time now.</param>
    public void HandleDelayed(long nowNs) => Begin(nowNs);

    /// <summary>Takes that a connection ended, in whatever way, or could not be made.</summary>
    /// <param name="nowNs">The time now.</param>
    public void HandleEnded(long nowNs) => Begin(nowNs);

    /// <summary>Takes that this process stood still; that time is nobody's.</summary>
    /// <param name="durationNs">For how long, as far as known.</param>
    public void HandleStandstill(long durationNs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(durationNs);
        UnservedSinceNs += durationNs;
    }

    /// <summary>Whether the budget is used up; asked while the server keeps the sender waiting.</summary>
    /// <param name="nowNs">The time now.</param>
    /// <returns>True to close and give up.</returns>
    public bool IsUsedUp(long nowNs) => EndsAtNs is long end && nowNs >= end;

    /// <summary>Whether no further connection is tried; asked after one ended.</summary>
    /// <param name="nowNs">The time now.</param>
    /// <returns>True to give up.</returns>
    public bool GivesUp(long nowNs) => IsUsedUp(nowNs) && (_retryNs == 0 || _connections >= LeastConnections);

    /// <summary>How long a pause before the next connection may be, so that the last one is tried when the budget ends.</summary>
    /// <param name="wantedNs">How long it would be.</param>
    /// <param name="nowNs">The time now.</param>
    /// <returns>At most as much.</returns>
    public long LimitPause(long wantedNs, long nowNs) =>
        EndsAtNs is long end && end > nowNs ? Math.Min(wantedNs, end - nowNs) : wantedNs;

    private void Begin(long nowNs)
    {
        if (UnservedSinceNs is null)
        {
            UnservedSinceNs = nowNs;
            _connections = 0;
        }
    }
}
