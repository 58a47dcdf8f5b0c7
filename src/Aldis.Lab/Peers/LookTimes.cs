namespace Aldis.Lab.Peers;

/// <summary>
/// When the socket was looked at. What is found there left its program after the look before the last: the last may have ended before the
/// time that it was given, on a machine that has much to do. What is found at first may have lain there for ever.
/// </summary>
internal sealed class LookTimes
{
    private const long Ever = long.MinValue / 2;

    private long _lastNs = Ever;
    private long _beforeNs = Ever;

    /// <summary>The earliest time at which something that was just found may have left, in nanoseconds.</summary>
    public long SinceNs { get; private set; } = Ever;

    /// <summary>Notes a look.</summary>
    /// <param name="nowNs">When.</param>
    public void Look(long nowNs)
    {
        if (nowNs > _lastNs)
        {
            (SinceNs, _beforeNs, _lastNs) = (_beforeNs, _lastNs, nowNs);
        }
    }
}
