namespace Aldis.Protocols.Dialing;

/// <summary>
/// Which address of a name is tried when, and which of them wins (RFC 8305 section 5): the next attempt begins
/// <see cref="AttemptDelayNs"/> after the last one, or at once where an attempt has failed meanwhile; the first that succeeds wins and
/// nothing else is begun. The driver begins what <see cref="TryStart"/> names, says how it ended, and closes what did not win.
/// </summary>
internal sealed class ConnectionRace
{
    /// <summary>Connection Attempt Delay in nanoseconds: 250 ms, as RFC 8305 section 8 recommends.</summary>
    public const long AttemptDelayNs = 250_000_000;

    private readonly int _candidates;
    private int _started;
    private int _failed;
    private int? _winner;
    private long _nextStartNs = long.MinValue;

    /// <summary>Begins a race.</summary>
    /// <param name="candidates">How many addresses there are, 1 or more: 0, 1, … in the order in which to try them.</param>
    public ConnectionRace(int candidates)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(candidates, 1);
        _candidates = candidates;
    }

    /// <summary>The address that won; null while there is none.</summary>
    public int? Winner => _winner;

    /// <summary>Whether every address was tried and none is left that could win.</summary>
    public bool IsLost => _failed == _candidates;

    /// <summary>When <see cref="TryStart"/> has the next address to name, if nothing happens before: <see cref="long.MinValue"/> for now,
    /// <see cref="long.MaxValue"/> for never.</summary>
    public long NextStartNs => _winner is not null || _started == _candidates ? long.MaxValue : _nextStartNs;

    /// <summary>Names the address to try now.</summary>
    /// <param name="nowNs">The time in nanoseconds, on a clock that never goes back.</param>
    /// <param name="candidate">The address, where the answer is true.</param>
    /// <returns>False where none is to be begun now.</returns>
    public bool TryStart(long nowNs, out int candidate)
    {
        candidate = _started;
        if (_winner is not null || _started == _candidates || _nextStartNs > nowNs)
        {
            return false;
        }

        _started++;
        _nextStartNs = nowNs + AttemptDelayNs;
        return true;
    }

    /// <summary>Takes that an attempt succeeded.</summary>
    /// <param name="candidate">Its address.</param>
    /// <returns>Whether it won; where not, the driver closes it.</returns>
    public bool TryWin(int candidate)
    {
        _winner ??= candidate;
        return _winner == candidate;
    }

    /// <summary>Takes that an attempt failed.</summary>
    public void HandleFailed()
    {
        _failed++;
        _nextStartNs = long.MinValue;
    }
}
