using Aldis.Protocols.Trials;

namespace Aldis.Protocols.Tests.Trials;

/// <summary>When a trial sends, and how long it waits, in virtual time.</summary>
public sealed class TrialTimeTests
{
    private const long Patience = 1_000;

    [Fact]
    public void Only_so_many_datagrams_are_under_way_until_more_is_heard()
    {
        var window = new PacedWindow(4, Patience);
        long sent = 0;
        while (window.MaySend(0, sent, -1))
        {
            sent++;
        }

        Assert.Equal(4, sent);
        Assert.True(window.MaySend(1, sent, 1));
        Assert.True(window.MaySend(1, sent + 1, 1));
        Assert.False(window.MaySend(1, sent + 2, 1));
    }

    [Fact]
    public void What_nothing_is_heard_of_in_time_is_lost_and_sending_goes_on()
    {
        var window = new PacedWindow(4, Patience);
        Assert.True(window.MaySend(0, 3, -1));
        Assert.False(window.MaySend(Patience - 1, 4, -1));
        Assert.True(window.MaySend(Patience, 4, -1));
        Assert.True(window.MaySend(Patience, 7, -1));
        Assert.False(window.MaySend(Patience, 8, -1));
        Assert.False(window.MaySend((2 * Patience) - 1, 8, -1));
        Assert.True(window.MaySend(2 * Patience, 8, -1));
    }

    [Fact]
    public void Patience_begins_anew_with_everything_that_is_heard()
    {
        var window = new PacedWindow(1, Patience);
        Assert.True(window.MaySend(0, 0, -1));
        Assert.True(window.MaySend(900, 1, 0));
        Assert.False(window.MaySend(900 + Patience - 1, 2, 0));
        Assert.True(window.MaySend(900 + Patience, 2, 0));
    }

    [Fact]
    public void Nobody_waits_where_everything_has_arrived() => Assert.False(new LateArrivals(7).IsExpecting(7));

    [Fact]
    public void What_is_late_is_waited_for_until_it_was_quiet_twice()
    {
        var late = new LateArrivals(10);
        Assert.Equal([true, true, true, true, false], new long[] { 5, 5, 6, 6, 6 }.Select(late.IsExpecting));
    }

    [Fact]
    public void Whoever_goes_on_dripping_is_not_waited_for_for_ever() =>
        Assert.Equal(8, Enumerable.Range(0, 100).Select(static arrived => (long)arrived).TakeWhile(new LateArrivals(1_000).IsExpecting).Count());

    [Fact]
    public void A_trial_leaves_a_fifth_of_its_time_for_what_is_on_its_way()
    {
        var second = TimeSpan.FromSeconds(1);
        Assert.InRange(TrialTimes.OfStreams(second).Total, second * 0.7, second * 0.82);
        Assert.InRange(TrialTimes.OfDatagrams(second).Total, second * 0.7, second * 0.82);
    }
}
