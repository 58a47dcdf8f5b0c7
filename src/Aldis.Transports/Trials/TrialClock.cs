using System.Diagnostics;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Trials;

/// <summary>The time, and the processors' time, of a part of a trial.</summary>
internal sealed class TrialClock
{
    private readonly long _start = MonotonicClock.NowNs;
    private readonly TimeSpan _processor = Process.GetCurrentProcess().TotalProcessorTime;

    /// <summary>How long ago it began.</summary>
    public TimeSpan Elapsed => TimeSpan.FromMicroseconds((MonotonicClock.NowNs - _start) / 1e3);

    /// <summary>What this process took of the processors since.</summary>
    public TimeSpan Processor => Process.GetCurrentProcess().TotalProcessorTime - _processor;

    /// <summary>The moment a time after the beginning, in nanoseconds.</summary>
    /// <param name="time">The time.</param>
    public long At(TimeSpan time) => _start + (long)time.TotalNanoseconds;
}
