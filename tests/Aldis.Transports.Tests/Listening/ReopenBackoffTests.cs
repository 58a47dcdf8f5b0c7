using Aldis.Transports.Listening;

namespace Aldis.Transports.Tests.Listening;

/// <summary>When a listener that died is opened again.</summary>
public sealed class ReopenBackoffTests
{
    [Fact]
    public void It_is_tried_five_times_with_growing_pauses_and_then_given_up()
    {
        var backoff = new ReopenBackoff();
        backoff.Died(TimeSpan.Zero);

        TimeSpan[] pauses = [.. Pauses(backoff)];

        Assert.Equal(5, pauses.Length);
        Assert.Equal(pauses.Order(), pauses);
        Assert.True(pauses[0] > TimeSpan.Zero);
        Assert.False(backoff.TryNext(out _));
    }

    [Fact]
    public void Deaths_in_a_row_share_the_five()
    {
        var backoff = new ReopenBackoff();
        for (int death = 0; death < ReopenBackoff.MostTries; death++)
        {
            backoff.Died(ReopenBackoff.WellAfter - TimeSpan.FromTicks(1));
            Assert.True(backoff.TryNext(out _));
        }

        backoff.Died(ReopenBackoff.WellAfter - TimeSpan.FromTicks(1));
        Assert.False(backoff.TryNext(out _));
    }

    [Fact]
    public void One_that_was_well_for_a_while_dies_for_the_first_time_again()
    {
        var backoff = new ReopenBackoff();
        backoff.Died(TimeSpan.Zero);
        TimeSpan first = Pauses(backoff).First();
        backoff.Died(ReopenBackoff.WellAfter);

        Assert.True(backoff.TryNext(out TimeSpan again));
        Assert.Equal(first, again);
    }

    private static IEnumerable<TimeSpan> Pauses(ReopenBackoff backoff)
    {
        while (backoff.TryNext(out TimeSpan pause))
        {
            yield return pause;
        }
    }
}
