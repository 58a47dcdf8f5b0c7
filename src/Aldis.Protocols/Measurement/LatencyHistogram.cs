using System.Numerics;

namespace Aldis.Protocols.Measurement;

/// <summary>
/// Counts times in buckets whose width grows with the time, so that any number of them needs the same memory (30 KiB) and every percentile
/// is known to 1/128 (0.8 %) of itself; a coarse one needs 560 bytes and knows it to one half. Minimum and maximum are exact. Not safe for
/// several threads at once.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>Of a coarse one: each power of two is cut in two, which is enough for a picture.</summary>
    public const int CoarseBits = 1;

    /// <summary>The longest time that is told from longer ones: 2^36 ns, 68.7 s. Longer ones count in the last bucket.</summary>
    private const int MaxValueBits = 36;

    private const int FineBits = 7;

    /// <summary>Each power of two is cut into two to the power of this many buckets.</summary>
    private readonly int _subBucketBits;

    private readonly long[] _counts;

    /// <summary>Makes an empty one.</summary>
    /// <param name="subBucketBits">Each power of two is cut into two to the power of this many buckets: 1 to 7.</param>
    public LatencyHistogram(int subBucketBits = FineBits)
    {
        _subBucketBits = subBucketBits;
        _counts = new long[(MaxValueBits - subBucketBits + 1) << subBucketBits];
    }

    private LatencyHistogram(int subBucketBits, long[] counts)
    {
        _subBucketBits = subBucketBits;
        _counts = counts;
    }

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

    /// <summary>Counts in what another one has.</summary>
    /// <param name="other">As fine as this one; it stays as it is.</param>
    public void Add(LatencyHistogram other)
    {
        if (other._counts.Length != _counts.Length)
        {
            throw new ArgumentException("Only histograms that are equally fine add up.", nameof(other));
        }

        if (other.Count == 0)
        {
            return;
        }

        MinNanoseconds = Count == 0 ? other.MinNanoseconds : Math.Min(MinNanoseconds, other.MinNanoseconds);
        MaxNanoseconds = Math.Max(MaxNanoseconds, other.MaxNanoseconds);
        Count += other.Count;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            _counts[bucket] += other._counts[bucket];
        }
    }

    /// <summary>
    /// What would have been recorded if a request had been sent at each interval, and not only when the one before it was answered: behind
    /// a time that is longer than the interval come those that would have waited for the same answer, each one interval shorter
    /// (coordinated omission, as HdrHistogram corrects it).
    /// </summary>
    /// <param name="expectedIntervalNanoseconds">The interval, at least 1.</param>
    /// <returns>Another one, in which times are as fine as here.</returns>
    public LatencyHistogram Corrected(long expectedIntervalNanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(expectedIntervalNanoseconds, 1);
        LatencyHistogram corrected = Copy();
        for (int bucket = _counts.Length - 1; bucket >= 0; bucket--)
        {
            long time = Math.Min(UpperEndOf(bucket), MaxNanoseconds);
            if (_counts[bucket] == 0 || time < 2 * expectedIntervalNanoseconds)
            {
                continue;
            }

            // The times that are missing are time - k intervals, and at least one interval; counted by buckets, as there may be many.
            long missing = (time / expectedIntervalNanoseconds) - 1;
            long below = 0;
            corrected.Count += missing * _counts[bucket];
            corrected.MinNanoseconds = Math.Min(corrected.MinNanoseconds, time - (missing * expectedIntervalNanoseconds));
            for (int lower = BucketOf(time - (missing * expectedIntervalNanoseconds)); below < missing; lower++)
            {
                long upTo = Math.Min(UpperEndOf(lower), time - expectedIntervalNanoseconds);
                long atMost = missing + 1 - ((time - upTo + expectedIntervalNanoseconds - 1) / expectedIntervalNanoseconds);
                corrected._counts[lower] += (atMost - below) * _counts[bucket];
                below = atMost;
            }
        }

        return corrected;
    }

    /// <summary>A copy, as it is now.</summary>
    public LatencyHistogram Copy() => new(_subBucketBits, [.. _counts])
    {
        Count = Count,
        MinNanoseconds = MinNanoseconds,
        MaxNanoseconds = MaxNanoseconds,
    };

    /// <summary>What was recorded since an earlier copy of this one; minimum and maximum are then known as percentiles are.</summary>
    /// <param name="earlier">The copy.</param>
    public LatencyHistogram Since(LatencyHistogram earlier)
    {
        var since = new LatencyHistogram(_subBucketBits) { Count = Count - earlier.Count };
        bool isFirst = true;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            since._counts[bucket] = _counts[bucket] - earlier._counts[bucket];
            if (since._counts[bucket] > 0)
            {
                since.MinNanoseconds = isFirst ? LowerEndOf(bucket) : since.MinNanoseconds;
                since.MaxNanoseconds = Math.Min(UpperEndOf(bucket), MaxNanoseconds);
                isFirst = false;
            }
        }

        return since;
    }

    /// <summary>The buckets from the first to the last that has a time: the longest time that belongs there, and how many do.</summary>
    public IEnumerable<(long UpToNanoseconds, long Count)> ReadBuckets()
    {
        int first = Array.FindIndex(_counts, static count => count > 0);
        int last = Array.FindLastIndex(_counts, static count => count > 0);
        for (int bucket = Math.Max(0, first); bucket <= last; bucket++)
        {
            yield return (UpperEndOf(bucket), _counts[bucket]);
        }
    }

    private int BucketOf(long nanoseconds)
    {
        long value = Math.Min(nanoseconds, (1L << MaxValueBits) - 1);

        // While a power of two has no more values than buckets, a bucket is one nanosecond.
        int shift = Math.Max(0, BitOperations.Log2((ulong)value) - _subBucketBits);
        return (shift << _subBucketBits) + (int)(value >> shift);
    }

    private long LowerEndOf(int bucket) => bucket == 0 ? 0 : UpperEndOf(bucket - 1) + 1;

    private long UpperEndOf(int bucket)
    {
        int shift = Math.Max(0, (bucket >> _subBucketBits) - 1);
        long value = bucket - (shift << _subBucketBits);
        return ((value + 1) << shift) - 1;
    }
}
