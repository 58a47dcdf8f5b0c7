using System.Globalization;
using Aldis.Services.Events;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Events;

public sealed class RefusalSummaryTests : IDisposable
{
    private readonly VirtualTime _time = new();
    private readonly RecordedEvents _told = new();
    private readonly RefusalSummary _summary;

    public RefusalSummaryTests() => _summary = new RefusalSummary(_told, _time);

    public void Dispose() => _summary.Dispose();

    [Fact]
    public void The_first_of_a_reason_is_told_at_once_and_the_rest_of_its_second_in_one_event_with_their_number()
    {
        Refuse(100);
        Assert.Single(_told.All);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0, 98], _told.All.Select(static what => what.Further));
        Assert.Equal("peer 99", _told.All[1].Peer);
    }

    [Fact]
    public void A_flood_is_one_event_a_second_and_none_of_it_is_lost_in_the_counts()
    {
        for (int step = 0; step < 100; step++)
        {
            Refuse(1000);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        _summary.Dispose();
        Assert.InRange(_told.All.Length, 2, 12);
        Assert.Equal(100_000, _told.All.Sum(static what => 1 + what.Further));
    }

    [Fact]
    public void What_is_refused_once_in_a_while_is_told_each_time()
    {
        for (int count = 0; count < 3; count++)
        {
            Refuse(1);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal([0, 0, 0], _told.All.Select(static what => what.Further));
    }

    [Fact]
    public void Reasons_are_told_apart_until_they_are_too_many()
    {
        for (int count = 0; count < 100_000; count++)
        {
            Refuse(1, "port " + count.ToString(CultureInfo.InvariantCulture));
        }

        Assert.InRange(_told.All.Length, 100, 300);
        _summary.Dispose();
        Assert.Equal(100_000, _told.All.Sum(static what => 1 + what.Further));
    }

    [Fact]
    public void Sentences_with_numbers_that_strangers_choose_are_one_reason()
    {
        for (int count = 0; count < 1000; count++)
        {
            _summary.Publish(new ServiceEvent(ServiceEventKind.MessageRefused, "messages", "peer")
            {
                Cause = ServiceEventCause.Gap,
                Detail = string.Create(CultureInfo.InvariantCulture, $"message {count} refused: gap"),
            });
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0, 998], _told.All.Select(static what => what.Further));
        Assert.Equal("message 999 refused: gap", _told.All[1].Detail);
    }

    [Fact]
    public void One_event_for_many_counts_for_many()
    {
        for (int count = 0; count < 3; count++)
        {
            _summary.Publish(new ServiceEvent(ServiceEventKind.DatagramRefused, "echo", "peer") { Cause = ServiceEventCause.RateLimit, Further = 99 });
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([99, 199], _told.All.Select(static what => what.Further));
    }

    [Fact]
    public void What_is_no_refusal_passes()
    {
        for (int count = 0; count < 10; count++)
        {
            _summary.Publish(new ServiceEvent(ServiceEventKind.MessageReceived, "messages", "peer"));
        }

        Assert.Equal(10, _told.All.Length);
    }

    private void Refuse(int count, string reason = "full")
    {
        for (int number = 0; number < count; number++)
        {
            _summary.Publish(new ServiceEvent(ServiceEventKind.ConnectionRefused, "echo", $"peer {number}") { Detail = reason });
        }
    }
}
