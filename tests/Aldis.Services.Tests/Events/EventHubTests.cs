using Aldis.Services.Events;
using Aldis.Tests;

namespace Aldis.Services.Tests.Events;

/// <summary>What a hub promises those who publish and those who follow.</summary>
public sealed class EventHubTests
{
    private readonly VirtualTime _time = new();

    [Fact]
    public void What_finds_no_room_is_dropped_and_told_where_it_is_missing()
    {
        var hub = new EventHub(_time);
        using EventFollower follower = hub.Follow(capacity: 3);
        Publish(hub, 10);
        var read = new FollowedAccount(follower);
        read.Read(2);
        Publish(hub, 2);
        read.ReadAll();
        Assert.Equal([1, 2, 3, 11, 12], read.Numbers);
        Assert.Equal([(3, 7)], read.Missed);
        read.AssertComplete(hub.LastNumber);
    }

    [Fact]
    public void What_was_dropped_last_is_told_though_nothing_follows_it()
    {
        var hub = new EventHub(_time);
        using EventFollower follower = hub.Follow(capacity: 3);
        Publish(hub, 10);
        var read = new FollowedAccount(follower);
        read.ReadAll();
        Assert.Equal([(3, 7)], read.Missed);
        Assert.False(follower.TryRead(out _, out long again));
        Assert.Equal(0, again);
    }

    [Fact]
    public void A_follower_that_does_not_read_takes_nothing_from_another_and_holds_no_publisher()
    {
        var hub = new EventHub(_time);
        using EventFollower asleep = hub.Follow(capacity: 1);
        using EventFollower awake = hub.Follow(capacity: 5000);
        Publish(hub, 5000);
        var read = new FollowedAccount(awake);
        read.ReadAll();
        Assert.Empty(read.Missed);
        Assert.Equal(5000, read.Numbers.Count);
        var late = new FollowedAccount(asleep);
        late.ReadAll();
        Assert.Equal([(1, 4999)], late.Missed);
    }

    [Fact]
    public async Task Events_of_a_connection_keep_their_order_and_numbers_have_no_gap_that_is_not_told()
    {
        const int Connections = 4;
        const int Each = 20_000;
        var hub = new EventHub(_time);
        using EventFollower follower = hub.Follow(capacity: 64);
        var read = new FollowedAccount(follower);
        Task publishing = Task.WhenAll(Enumerable.Range(1, Connections).Select(connection => Task.Run(() =>
        {
            for (int step = 1; step <= Each; step++)
            {
                hub.Publish(Event(connection, step));
            }
        })));
        while (!publishing.IsCompleted)
        {
            read.ReadAll();
        }

        await publishing;
        read.ReadAll();
        read.AssertComplete(hub.LastNumber);
        Assert.Equal(Connections * Each, hub.LastNumber);
        foreach (IGrouping<long, ServiceEvent> connection in read.Events.GroupBy(static what => what.Connection))
        {
            Assert.Equal(connection.Select(static what => what.Length).Order(), connection.Select(static what => what.Length));
        }
    }

    [Fact]
    public void A_gap_that_is_not_told_is_found_out()
    {
        var hub = new EventHub(_time);
        using EventFollower follower = hub.Follow();
        Publish(hub, 3);
        var read = new FollowedAccount(follower);
        read.ReadAll();
        read.Events.RemoveAt(1);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => read.AssertComplete(hub.LastNumber));
    }

    [Theory]
    [InlineData(7, 0, new long[] { 8, 9, 10 })]
    [InlineData(10, 0, new long[] { })]
    [InlineData(2, 4, new long[] { 7, 8, 9, 10 })]
    [InlineData(0, 6, new long[] { 7, 8, 9, 10 })]
    [InlineData(99, 6, new long[] { 7, 8, 9, 10 })]
    public void Who_comes_back_reads_what_is_kept_and_is_told_how_much_is_gone(long after, long gone, long[] kept)
    {
        var hub = new EventHub(_time, retained: 4);
        Publish(hub, 10);
        using EventFollower follower = hub.Follow(after, capacity: 1);
        Assert.Equal(gone, follower.Gone);
        var read = new FollowedAccount(follower);
        read.ReadAll();
        Assert.Equal(kept, read.Numbers);
        Assert.Empty(read.Missed);
        Publish(hub, 1);
        read.ReadAll();
        Assert.Equal([.. kept, 11], read.Numbers);
    }

    [Fact]
    public void Who_comes_anew_reads_nothing_of_before()
    {
        var hub = new EventHub(_time);
        Publish(hub, 10);
        using EventFollower follower = hub.Follow();
        Publish(hub, 1);
        var read = new FollowedAccount(follower);
        read.ReadAll();
        Assert.Equal([11], read.Numbers);
        Assert.Empty(read.Missed);
    }

    [Fact]
    public void Who_follows_one_connection_costs_the_others_nothing()
    {
        var hub = new EventHub(_time, retained: 0);
        IServiceEvents asked = hub;
        using EventFollower states = hub.Follow(wantsMessages: false);
        Assert.False(asked.IsObservedOf(1));
        using (EventFollower follower = hub.FollowConnection(1, wantsPayload: false, capacity: 2))
        {
            Assert.False(hub.IsObserved);
            Assert.True(asked.IsObservedOf(1));
            Assert.False(asked.IsObservedOf(2));
            for (int step = 1; step <= 9; step++)
            {
                hub.Publish(Event(2, step));
            }

            Assert.Equal(0, hub.LastNumber);
            hub.Publish(Event(1, 5));
            hub.Publish(new ServiceEvent(ServiceEventKind.ConnectionClosed, "messages", "peer") { Connection = 2 });
            var read = new FollowedAccount(follower);
            read.ReadAll();
            Assert.Equal([1], read.Events.Select(static what => what.Connection));
            Assert.Empty(read.Missed);
        }

        Assert.False(asked.IsObservedOf(1));
    }

    [Fact]
    public void Payloads_reach_those_who_asked_for_them_alone()
    {
        var hub = new EventHub(_time);
        using EventFollower without = hub.Follow();
        Assert.False(hub.ShowsPayload);
        using (EventFollower with = hub.Follow(wantsPayload: true))
        {
            Assert.True(hub.ShowsPayload);
            hub.Publish(Event(1, 5) with { Payload = "hello"u8.ToArray() });
            Assert.True(with.TryRead(out ServiceEvent whole, out _));
            Assert.Equal("hello"u8, whole.Payload.Span);
        }

        Assert.False(hub.ShowsPayload);
        Assert.True(without.TryRead(out ServiceEvent bare, out _));
        Assert.True(bare.Payload.IsEmpty);
        using EventFollower later = hub.Follow(after: 0);
        Assert.True(later.TryRead(out bare, out _));
        Assert.True(bare.Payload.IsEmpty);
    }

    [Fact]
    public async Task Who_stops_following_reads_what_is_queued_and_then_the_end()
    {
        var hub = new EventHub(_time, retained: 0);
        EventFollower follower = hub.Follow();
        Publish(hub, 1);
        follower.Dispose();
        Assert.False(hub.IsObserved);
        Publish(hub, 1);
        Assert.True(await follower.WaitToReadAsync(TestContext.Current.CancellationToken));
        Assert.True(follower.TryRead(out _, out _));
        Assert.False(await follower.WaitToReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_follower_that_waits_is_woken_by_the_next_event()
    {
        var hub = new EventHub(_time);
        using EventFollower follower = hub.Follow();
        Task<bool> waiting = follower.WaitToReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        Publish(hub, 1);
        Assert.True(await waiting.InTime());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    public void A_publisher_that_nobody_follows_allocates_nothing(int retained)
    {
        var hub = new EventHub(_time, retained);
        ServiceEvent what = Event(1, 1);
        hub.Publish(what);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int count = 0; count < 1000; count++)
        {
            hub.Publish(what);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(retained > 0 ? 1001 : 0, hub.LastNumber);
    }

    [Fact]
    public void Who_wants_no_messages_reads_all_else_and_misses_nothing_by_them()
    {
        var hub = new EventHub(_time, retained: 0);
        using EventFollower all = hub.Follow();
        using EventFollower quiet = hub.Follow(wantsMessages: false);
        hub.Publish(new ServiceEvent(ServiceEventKind.ConnectionOpened, "messages", "peer"));
        Publish(hub, 3);
        hub.Publish(new ServiceEvent(ServiceEventKind.ConnectionClosed, "messages", "peer"));
        Assert.True(quiet.TryRead(out ServiceEvent opened, out long missed));
        Assert.Equal((1, 0), (opened.Number, missed));
        Assert.True(quiet.TryRead(out ServiceEvent closed, out missed));
        Assert.Equal((5, 0), (closed.Number, missed));
        Assert.False(quiet.TryRead(out _, out missed));
        Assert.Equal(0, missed);
    }

    [Fact]
    public void Events_of_messages_are_asked_for_only_while_somebody_wants_them()
    {
        var hub = new EventHub(_time, retained: 0);
        using EventFollower quiet = hub.Follow(wantsMessages: false);
        Assert.False(hub.IsObserved);
        Publish(hub, 1);
        Assert.Equal(0, hub.LastNumber);
        using (hub.Follow())
        {
            Assert.True(hub.IsObserved);
        }

        Assert.False(hub.IsObserved);
    }

    [Fact]
    public void What_a_quiet_follower_finds_no_room_for_is_counted_without_the_messages_between()
    {
        var hub = new EventHub(_time, retained: 0);
        using EventFollower all = hub.Follow();
        using EventFollower quiet = hub.Follow(capacity: 1, wantsMessages: false);
        for (int count = 0; count < 3; count++)
        {
            hub.Publish(new ServiceEvent(ServiceEventKind.ConnectionOpened, "messages", "peer"));
            Publish(hub, 2);
        }

        Assert.True(quiet.TryRead(out _, out long missed));
        Assert.Equal(0, missed);
        Assert.False(quiet.TryRead(out _, out missed));
        Assert.Equal(2, missed);
    }

    private static void Publish(EventHub hub, int count)
    {
        for (; count > 0; count--)
        {
            hub.Publish(Event(1, count));
        }
    }

    private static ServiceEvent Event(long connection, long length) =>
        new(ServiceEventKind.MessageReceived, "test", "peer") { Connection = connection, Length = length };
}
