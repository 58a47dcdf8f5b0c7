namespace Aldis.Cli.Verbs.Copy;

/// <summary>How fast something grows lately: over the last seconds, so that neither a start nor a pause long ago counts.</summary>
internal sealed class SpeedMeter
{
    private const double NsPerSecond = 1e9;
    private const long WindowNs = 5_000_000_000;
    private const long StepNs = 250_000_000;

    private readonly Queue<(long Ns, long Bytes)> _samples = new();
    private (long Ns, long Bytes) _last;

    /// <summary>Takes a count.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <param name="bytes">Bytes so far.</param>
    /// <returns>Bytes a second; 0 before there is anything to compare with.</returns>
    public double Measure(long nowNs, long bytes)
    {
        if (_samples.Count == 0 || nowNs - _last.Ns >= StepNs)
        {
            _last = (nowNs, bytes);
            _samples.Enqueue(_last);
        }

        while (_samples.Count > 1 && nowNs - _samples.Peek().Ns > WindowNs)
        {
            _samples.Dequeue();
        }

        (long Ns, long Bytes) first = _samples.Peek();
        return nowNs > first.Ns ? Math.Max(0, bytes - first.Bytes) / ((nowNs - first.Ns) / NsPerSecond) : 0;
    }
}
