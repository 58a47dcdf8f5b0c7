using Aldis.Dashboard.Watch;
using Aldis.Services.Events;

namespace Aldis.Dashboard.Tests.Watch;

/// <summary>What is kept for who comes back.</summary>
public sealed class RecentEventsTests
{
    [Fact]
    public void Who_comes_back_reads_what_came_since_and_nothing_twice()
    {
        var recent = new RecentEvents(capacity: 8);
        Add(recent, 1, 2, 5);
        Assert.Equal([1, 2, 5], Numbers(recent.Read(0, 10)));
        Assert.Equal([5], Numbers(recent.Read(2, 10)));
        Assert.Empty(recent.Read(5, 10).Events);
        Assert.False(recent.Read(2, 10).IsGap);
    }

    [Fact]
    public void What_is_not_kept_any_more_is_told_as_a_gap()
    {
        var recent = new RecentEvents(capacity: 2);
        Add(recent, 1, 2, 3, 4);
        RecentEventsPage page = recent.Read(1, 10);
        Assert.True(page.IsGap);
        Assert.Equal([3, 4], Numbers(page));
        Assert.False(recent.Read(2, 10).IsGap);
        Assert.False(recent.Read(3, 10).IsGap);
    }

    [Fact]
    public void Who_never_read_before_has_missed_nothing()
    {
        var recent = new RecentEvents(capacity: 2);
        Add(recent, 1, 2, 3, 4);
        Assert.False(recent.Read(0, 10).IsGap);
    }

    [Fact]
    public void A_number_of_a_server_before_this_one_reads_all()
    {
        var recent = new RecentEvents(capacity: 8);
        Add(recent, 1, 2);
        Assert.Equal([1, 2], Numbers(recent.Read(900, 10)));
    }

    [Fact]
    public void Events_lost_on_their_way_are_a_gap_for_who_reads_on()
    {
        var recent = new RecentEvents(capacity: 8);
        Add(recent, 1, 2);
        recent.HandleMissed();
        Add(recent, 9);
        Assert.True(recent.Read(2, 10).IsGap);
        Assert.False(recent.Read(9, 10).IsGap);
    }

    private static void Add(RecentEvents recent, params long[] numbers)
    {
        foreach (long number in numbers)
        {
            recent.Add(new ServiceEvent(ServiceEventKind.ConnectionOpened, "echo", "peer") { Number = number });
        }
    }

    private static IEnumerable<long> Numbers(RecentEventsPage page) => page.Events.Select(static what => what.Number);
}
