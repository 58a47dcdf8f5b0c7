using Aldis.Dashboard.Watch;

namespace Aldis.Dashboard.Tests.Watch;

/// <summary>Counts of each second.</summary>
public sealed class RateHistoryTests
{
    [Fact]
    public void A_rate_is_what_was_counted_over_the_time_that_passed()
    {
        var history = new RateHistory();
        history.Sample(100, TimeSpan.FromSeconds(10));
        Assert.Equal(0, history.Latest);
        history.Sample(150, TimeSpan.FromSeconds(11));
        history.Sample(150, TimeSpan.FromSeconds(12));
        history.Sample(350, TimeSpan.FromSeconds(14));
        Assert.Equal([50.0, 0, 100], history.PerSecond);
        Assert.Equal(100, history.Latest);
    }

    [Fact]
    public void Ten_minutes_are_kept_and_no_more()
    {
        var history = new RateHistory();
        for (int second = 0; second <= 2 * RateHistory.Seconds; second++)
        {
            history.Sample(second, TimeSpan.FromSeconds(second));
        }

        Assert.Equal(RateHistory.Seconds, history.PerSecond.Count);
    }

    [Fact]
    public void Two_looks_at_one_moment_divide_by_nothing()
    {
        var history = new RateHistory();
        history.Sample(1, TimeSpan.FromSeconds(1));
        history.Sample(2, TimeSpan.FromSeconds(1));
        Assert.Empty(history.PerSecond);
    }
}
