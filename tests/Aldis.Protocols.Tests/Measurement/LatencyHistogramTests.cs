using Aldis.Protocols.Measurement;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Protocols.Tests.Measurement;

public sealed class LatencyHistogramTests
{
    private static readonly double[] Percentiles = [0, 1, 50, 90, 99, 99.9, 100];

    private static readonly Gen<long[]> Times =
        Gen.Choose(0, 35).SelectMany(bits => Gen.Choose(0, int.MaxValue).Select(low => ((1L << bits) - 1) & ((long)low << 4)))
            .NonEmptyListOf().Select(list => list.ToArray());

    [Fact]
    public void An_empty_histogram_answers_zero()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal(0, histogram.Count);
        Assert.Equal(0, histogram.Percentile(50));
        Assert.Equal(0, histogram.MaxNanoseconds);
    }

    [Fact]
    public void Percentiles_are_the_nearest_rank_to_one_part_in_128() =>
        Prop.ForAll(Times.ToArbitrary(), times => Agrees(times, Record(times).Percentile)).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void A_percentile_that_is_off_by_one_rank_is_noticed()
    {
        long[] times = [1_000, 2_000, 4_000, 8_000];
        Assert.True(Agrees(times, Record(times).Percentile));
        Assert.False(Agrees(times, percentile => Exact(times, Math.Min(100, percentile + 25))));
    }

    [Fact]
    public void Minimum_and_maximum_are_exact()
    {
        LatencyHistogram histogram = Record([123_456_789, 1_234_567, 98_765_432_101]);
        Assert.Equal(1_234_567, histogram.MinNanoseconds);
        Assert.Equal(98_765_432_101, histogram.MaxNanoseconds);
        Assert.Equal(98_765_432_101, histogram.Percentile(100));
    }

    [Fact]
    public void Two_histograms_add_up_to_the_histogram_of_both() =>
        Prop.ForAll(Times.ToArbitrary(), Times.ToArbitrary(), (one, other) =>
        {
            LatencyHistogram sum = Record(one);
            sum.Add(Record(other));
            long[] both = [.. one, .. other];
            return Agrees(both, sum.Percentile) && sum.Count == both.Length && sum.MinNanoseconds == both.Min();
        }).Check(Config.QuickThrowOnFailure);

    /// <summary>Times below 256 have a bucket each, so that the answer is exact.</summary>
    [Fact]
    public void Correcting_adds_the_times_of_those_who_would_have_waited_too() =>
        Prop.ForAll(
            Gen.Choose(0, 255).Select(static time => (long)time).NonEmptyListOf().Select(static list => list.ToArray()).ToArbitrary(),
            Gen.Choose(1, 64).ToArbitrary(),
            (times, interval) =>
            {
                var all = new List<long>(times);
                foreach (long time in times)
                {
                    for (long missing = time - interval; missing >= interval; missing -= interval)
                    {
                        all.Add(missing);
                    }
                }

                LatencyHistogram corrected = Record(times).Corrected(interval);
                return corrected.Count == all.Count && corrected.MinNanoseconds == all.Min() && corrected.MaxNanoseconds == all.Max()
                    && Percentiles.All(percentile => corrected.Percentile(percentile) == Exact([.. all], percentile));
            }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void A_stall_of_a_second_is_corrected_without_counting_each_time_that_is_missing()
    {
        LatencyHistogram corrected = Record([1, 1_000_000_000]).Corrected(1);
        Assert.Equal(1_000_000_001, corrected.Count);
        Assert.InRange(corrected.Percentile(50), 499_000_000, 505_000_000);
    }

    [Fact]
    public void A_clock_that_was_set_back_counts_as_zero() => Assert.Equal(0, Record([-5]).MaxNanoseconds);

    [Theory]
    [InlineData(-0.1)]
    [InlineData(100.1)]
    [InlineData(double.NaN)]
    public void A_percentile_outside_0_to_100_is_refused(double percentile) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Record([1]).Percentile(percentile));

    [Fact]
    public void What_came_since_a_copy_has_the_percentiles_of_what_came_since() =>
        Prop.ForAll(Times.ToArbitrary(), Times.ToArbitrary(), (before, after) =>
        {
            LatencyHistogram histogram = Record(before);
            LatencyHistogram copy = histogram.Copy();
            Record(histogram, after);
            return copy.Count == before.Length
                && histogram.Since(copy).Count == after.Length
                && Agrees(after, histogram.Since(copy).Percentile);
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Every_time_is_in_the_bucket_that_ends_at_it_or_next_after_it() =>
        Prop.ForAll(Times.ToArbitrary(), times =>
        {
            (long UpTo, long Count)[] buckets = [.. Record(new LatencyHistogram(LatencyHistogram.CoarseBits), times).ReadBuckets()];
            long below = -1;
            foreach ((long upTo, long count) in buckets)
            {
                if (count != times.Count(time => time > below && time <= upTo) && below >= 0)
                {
                    return false;
                }

                below = upTo;
            }

            return buckets.Sum(static bucket => bucket.Count) == times.Length && buckets[0].Count > 0 && buckets[^1].Count > 0;
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void An_empty_histogram_has_no_buckets() => Assert.Empty(new LatencyHistogram().ReadBuckets());

    [Fact]
    public void A_coarse_one_knows_percentiles_to_one_half() =>
        Prop.ForAll(Times.ToArbitrary(), times =>
        {
            LatencyHistogram histogram = Record(new LatencyHistogram(LatencyHistogram.CoarseBits), times);
            return Percentiles.All(percentile =>
                histogram.Percentile(percentile) - Exact(times, percentile) is >= 0 and long more && more <= Exact(times, percentile) / 2);
        }).Check(Config.QuickThrowOnFailure);

    private static LatencyHistogram Record(long[] times) => Record(new LatencyHistogram(), times);

    private static LatencyHistogram Record(LatencyHistogram histogram, long[] times)
    {
        foreach (long time in times)
        {
            histogram.Record(time);
        }

        return histogram;
    }

    private static bool Agrees(long[] times, Func<double, long> percentileOf) => Percentiles.All(percentile =>
    {
        long exact = Exact(times, percentile);
        long found = percentileOf(percentile);
        return found >= exact && found - exact <= exact / 128;
    });

    private static long Exact(long[] times, double percentile)
    {
        long[] sorted = [.. times.Order()];
        int rank = Math.Max(1, (int)Math.Ceiling(percentile / 100 * sorted.Length));
        return sorted[rank - 1];
    }
}
