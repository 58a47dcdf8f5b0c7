namespace Aldis.Transports.Sockets;

/// <summary>
/// Says for one direction of one socket that it is worth trying, and lets at most one party wait for that. The operating system
/// reports a change once (edge-triggered), so a report must be kept until it is used:
/// <list type="number">
/// <item><description>The party that reads or writes calls <see cref="Lower"/>, then tries the socket.</description></item>
/// <item><description>If the socket had nothing, it calls <see cref="TryAwait"/>, which fails if a report came since.</description></item>
/// <item><description>Whoever calls <see cref="Raise"/> and gets true must let the waiting party go on, once.</description></item>
/// </list>
/// Cancelling and closing use the same door: set what the party looks at, then <see cref="Raise"/>.
/// </summary>
internal struct ReadinessSignal
{
    private const int Lowered = 0;
    private const int Raised = 1;
    private const int Awaited = 2;

    private int _state;

    /// <summary>Whether something was reported since the last <see cref="Lower"/>.</summary>
    public readonly bool IsRaised => Volatile.Read(in _state) == Raised;

    /// <summary>Reports that trying is worthwhile.</summary>
    /// <returns>True if a party waited and the caller must now resume it.</returns>
    public bool Raise() => Interlocked.Exchange(ref _state, Raised) == Awaited;

    /// <summary>Forgets the report, before the socket is tried. Only for the party that may wait.</summary>
    public void Lower() => Interlocked.Exchange(ref _state, Lowered);

    /// <summary>Begins to wait. Only for the party that may wait.</summary>
    /// <returns>False if a report came since <see cref="Lower"/>: try again instead.</returns>
    public bool TryAwait() => Interlocked.CompareExchange(ref _state, Awaited, Lowered) == Lowered;
}
