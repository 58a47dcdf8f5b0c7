using System.Diagnostics;

namespace Aldis.Benchmarks;

/// <summary>Sums the time and the allocations of one kind of call.</summary>
internal struct Reading
{
    private long _startTicks;
    private long _startAllocated;

    public long Ticks { get; private set; }

    public long AllocatedBytes { get; private set; }

    public void Start()
    {
        _startAllocated = GC.GetAllocatedBytesForCurrentThread();
        _startTicks = Stopwatch.GetTimestamp();
    }

    public void Stop()
    {
        Ticks += Stopwatch.GetTimestamp() - _startTicks;
        AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - _startAllocated;
    }

    public readonly double NanosecondsPer(long packets) => Ticks * 1e9 / Stopwatch.Frequency / packets;
}
