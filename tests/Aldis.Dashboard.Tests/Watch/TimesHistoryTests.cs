using Aldis.Dashboard.Watch;
using Aldis.Protocols.Measurement;

namespace Aldis.Dashboard.Tests.Watch;

public sealed class TimesHistoryTests
{
    private readonly LatencyHistogram _all = new();
    private readonly TimesHistory _history = new();

    [Fact]
    public void Each_second_has_the_percentile_of_its_own_times_and_one_without_a_message_has_none()
    {
        _history.Sample(null);
        Second(1_000_000, 2_000_000);
        Second();
        Second(50_000_000);
        Assert.Equal(4, _history.P99Ms.Count);
        double?[] p99 = [.. _history.P99Ms];
        Assert.Null(p99[0]);
        Assert.Equal(2, p99[1]!.Value, 0.016);
        Assert.Null(p99[2]);
        Assert.Equal(50, p99[3]!.Value, 0.4);
    }

    [Fact]
    public void What_was_before_the_watch_began_counts_in_no_second()
    {
        _all.Record(9_000_000_000);
        _history.Sample(_all.Copy());
        Second(1_000_000);
        Assert.Equal(1, _history.P99Ms.Last()!.Value, 0.008);
        Assert.Equal(1, _history.Present!.Count);
    }

    [Fact]
    public void The_present_is_the_last_ten_seconds_and_none_where_nothing_came_in_them()
    {
        _history.Sample(null);
        Second(7_000_000);
        for (int second = 1; second < TimesHistory.PresentSeconds; second++)
        {
            Second(1_000_000);
        }

        Assert.Equal(7, _history.Present!.Percentile(100) / 1e6, 0.06);
        Second(1_000_000);
        Assert.Equal(1, _history.Present!.Percentile(100) / 1e6, 0.008);
        for (int second = 0; second < TimesHistory.PresentSeconds; second++)
        {
            Second();
        }

        Assert.Null(_history.Present);
    }

    [Fact]
    public void Ten_minutes_are_kept_and_no_more()
    {
        for (int second = 0; second < RateHistory.Seconds + 5; second++)
        {
            Second(1_000);
        }

        Assert.Equal(RateHistory.Seconds, _history.P99Ms.Count);
    }

    private void Second(params long[] times)
    {
        foreach (long time in times)
        {
            _all.Record(time);
        }

        _history.Sample(_all.Copy());
    }
}
