namespace Aldis.Protocols.Fairness;

/// <summary>So many a second, and some of them at once where none were taken before.</summary>
/// <param name="perSecond">How many a second.</param>
/// <param name="atOnce">How many are saved up at most, at least 1.</param>
internal struct TokenBucket(double perSecond, double atOnce)
{
    private const double NsPerSecond = 1e9;

    private double _taken;
    private long _lastNs;

    /// <summary>Takes some, where there are any.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <param name="count">How many are wanted; where some are there all are given, and what was too much is owed.</param>
    /// <returns>False if none are there.</returns>
    public bool TryTake(long nowNs, int count = 1)
    {
        Refill(nowNs);
        if (_taken > atOnce - 1)
        {
            return false;
        }

        _taken += count;
        return true;
    }

    /// <summary>Takes some whether they are there or not; what was too much is owed.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <param name="count">How many.</param>
    public void Take(long nowNs, long count)
    {
        Refill(nowNs);
        _taken += count;
    }

    /// <summary>How long it takes until all are there, if nobody takes any meanwhile.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <returns>Nanoseconds; 0 where all are there.</returns>
    public long NsUntilUnused(long nowNs)
    {
        Refill(nowNs);
        return (long)Math.Ceiling(_taken / perSecond * NsPerSecond);
    }

    /// <summary>How long it takes until some are there, if nobody takes any meanwhile.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <returns>Nanoseconds; 0 where some are there.</returns>
    public long NsUntilFree(long nowNs)
    {
        Refill(nowNs);
        return (long)Math.Ceiling(Math.Max(0, _taken - (atOnce - 1)) / perSecond * NsPerSecond);
    }

    private void Refill(long nowNs)
    {
        if (nowNs > _lastNs)
        {
            _taken = Math.Max(0, _taken - ((nowNs - _lastNs) / NsPerSecond * perSecond));
            _lastNs = nowNs;
        }
    }
}
