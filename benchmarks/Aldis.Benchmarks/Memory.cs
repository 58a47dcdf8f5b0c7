using System.Diagnostics;
using System.Runtime;

namespace Aldis.Benchmarks;

/// <summary>What memory a process has.</summary>
internal static class Memory
{
    /// <summary>Bytes on the managed heap that somebody refers to.</summary>
    public static long HeapBytes()
    {
        for (int pass = 0; pass < 3; pass++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    public static string Describe()
    {
        long heap = HeapBytes();
        using var process = Process.GetCurrentProcess();
        return $"heap={heap} rss={process.WorkingSet64}";
    }
}
