using System.Numerics;

namespace Aldis.Protocols.Measurement;

/// <summary>
/// Counts times in buckets whose width grows with the time, so that any number of them needs the same memory (30 KiB) and every percentile
/// is known to 1/128 (0.8 %) of itself. Minimum and maximum are exact. Not safe for several threads at once.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>The longest time that is told from longer ones: 2^36 ns, 68.7 s. Longer ones count in the last bucket.</summary>
    private const int MaxValueBits = 36;

    /// <summary>Each power of two is cut into this many buckets.</summary>
    private const int SubBucketBits = 7;

    private const int SubBuckets = 1 << SubBucketBits;

    private readonly long[] _counts = new long[(MaxValueBits - SubBucketBits + 1) * SubBuckets];

    /// <summary>How many times were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The shortest time in nanoseconds; 0 before there is one.</summary>
    public long MinNanoseconds { get; private set; }

    /// <summary>The longest time in nanoseconds; 0 before there is one.</summary>
    public long MaxNanoseconds { get; private set; }

    /// <summary>Records one time.</summary>
    /// <param name="nanoseconds">The time; a negative one (a clock that was set back) counts as 0.</param>
    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        MinNanoseconds = Count == 0 ? nanoseconds : Math.Min(MinNanoseconds, nanoseconds);
        MaxNanoseconds = Math.Max(MaxNanoseconds, nanoseconds);
        Count++;
        _counts[BucketOf(nanoseconds)]++;
    }

    /// <summary>The time that a share of all recorded times does not pass.</summary>
    /// <param name="percentile">0 to 100, for example 99.</param>
    /// <returns>
    /// Nanoseconds: the upper end of the bucket that holds the nearest-rank percentile, never outside minimum and maximum; 0 before
    /// there is a time.
    /// </returns>
    public long Percentile(double percentile)
    {
        if (double.IsNaN(percentile) || percentile is < 0 or > 100)
        {
            throw new ArgumentOutOfRangeException(nameof(percentile), percentile, "A percentile is from 0 to 100.");
        }

        // Nearest rank: the smallest time such that at least the share of all times is not longer.
        long rank = Math.Clamp((long)Math.Ceiling(percentile / 100 * Count), 1, Math.Max(1, Count));
        long seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank)
            {
                return rank == Count ? MaxNanoseconds : Math.Clamp(UpperEndOf(bucket), MinNanoseconds, MaxNanoseconds);
            }
        }

        return MaxNanoseconds;
    }

    private static int BucketOf(long nanoseconds)
    {
        long value = Math.Min(nanoseconds, (1L << MaxValueBits) - 1);

        // Below 2^8 a bucket is one nanosecond; from there on each power of two has 128 buckets.
        int shift = Math.Max(0, BitOperations.Log2((ulong)value) - SubBucketBits);
        return (shift << SubBucketBits) + (int)(value >> shift);
    }

    private static long UpperEndOf(int bucket)
    {
        int shift = Math.Max(0, (bucket >> SubBucketBits) - 1);
        long value = bucket - (shift << SubBucketBits);
        return ((value + 1) << shift) - 1;
    }
}
