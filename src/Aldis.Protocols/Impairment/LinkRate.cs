namespace Aldis.Protocols.Impairment;

/// <summary>
/// A queue that so many bits leave in a second. It is exact: the fraction of a nanosecond that something leaves over is carried to what
/// comes next while the queue is busy.
/// </summary>
internal sealed class LinkRate
{
    private const ulong NanobitsPerByte = 8_000_000_000;

    private ulong _busyFraction;

    /// <summary>Bits that leave in a second; 0 is without limit. A change concerns what comes from here on.</summary>
    public long BitsPerSecond { get; set; }

    /// <summary>When everything taken so far has left.</summary>
    public long IdleAtNanoseconds { get; private set; }

    /// <summary>Bytes that wait or are leaving at a given time, rounded up.</summary>
    /// <param name="nowNanoseconds">Not before the last call.</param>
    /// <returns>0 if nothing does or there is no limit.</returns>
    public long Backlog(long nowNanoseconds)
    {
        if (IdleAtNanoseconds <= nowNanoseconds || BitsPerSecond == 0)
        {
            return 0;
        }

        UInt128 nanobits = ((UInt128)(ulong)(IdleAtNanoseconds - nowNanoseconds) * (ulong)BitsPerSecond) + _busyFraction;
        return (long)((nanobits + NanobitsPerByte - 1) / NanobitsPerByte);
    }

    /// <summary>Takes bytes behind those that wait.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="nowNanoseconds">When they come; not before the last call.</param>
    /// <returns>When the last of them has left.</returns>
    public long Take(long bytes, long nowNanoseconds)
    {
        if (BitsPerSecond == 0)
        {
            return nowNanoseconds;
        }

        if (IdleAtNanoseconds < nowNanoseconds)
        {
            IdleAtNanoseconds = nowNanoseconds;
            _busyFraction = 0;
        }

        UInt128 work = ((UInt128)(ulong)bytes * NanobitsPerByte) + _busyFraction;
        IdleAtNanoseconds += (long)(work / (ulong)BitsPerSecond);
        _busyFraction = (ulong)(work % (ulong)BitsPerSecond);
        return IdleAtNanoseconds;
    }
}
