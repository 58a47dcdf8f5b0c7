using Aldis.Dashboard.Watch;

namespace Aldis.Dashboard.Tests.Watch;

/// <summary>How fast files come.</summary>
public sealed class IntakeWatchTests
{
    private readonly IntakeWatch _watch = new();

    [Fact]
    public void A_rate_is_not_known_before_a_connection_was_seen_twice()
    {
        Assert.Null(_watch.FindRate(7));
        Sample(second: 0, (7, 500));
        Assert.Null(_watch.FindRate(7));
        Sample(second: 1, (7, 1500));
        Assert.Equal(1000, _watch.FindRate(7));
    }

    [Fact]
    public void A_rate_follows_the_last_seconds_and_is_0_where_nothing_comes()
    {
        for (int second = 0; second <= 10; second++)
        {
            Sample(second, (7, 1000L * second), (8, 10L * second));
        }

        Assert.Equal(1000, _watch.FindRate(7));
        Assert.Equal(10, _watch.FindRate(8));
        for (int second = 11; second <= 20; second++)
        {
            Sample(second, (7, 10_000));
        }

        Assert.Equal(0, _watch.FindRate(7));
    }

    [Fact]
    public void A_rate_is_known_though_the_looks_are_further_apart_than_its_span()
    {
        Sample(second: 0, (7, 0));
        Sample(second: 60, (7, 6000));
        Assert.Equal(100, _watch.FindRate(7));
    }

    [Fact]
    public void Who_receives_no_file_any_more_is_forgotten()
    {
        Sample(second: 0, (7, 0));
        Sample(second: 1, (7, 10));
        Sample(second: 2);
        Assert.Null(_watch.FindRate(7));
    }

    private void Sample(int second, params (long Number, long BytesReceived)[] intakes) => _watch.Sample(intakes, TimeSpan.FromSeconds(second));
}
