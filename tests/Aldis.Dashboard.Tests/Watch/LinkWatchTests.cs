using Aldis.Dashboard.Watch;
using Aldis.Protocols.Arq;

namespace Aldis.Dashboard.Tests.Watch;

public sealed class LinkWatchTests
{
    private static readonly DateTimeOffset Today = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly LinkWatch _watch = new();

    [Fact]
    public void A_second_has_what_was_counted_in_it_and_not_what_came_before()
    {
        ConnectionStats before = Stats(new ConnectionCounters
        {
            PacketsSent = 100,
            PacketsLost = 7,
            SpuriousLosses = 2,
            PacketsRetransmitted = 9,
            RetransmittedAfterTimeout = 4,
            RetransmittedInRewind = 1,
            BytesAcknowledged = 1000,
            BytesDelivered = 500,
            DataReceived = 40,
            ProbesReceived = 1,
        });
        before = before with { LargestReceived = 50 };
        ConnectionStats now = Stats(new ConnectionCounters
        {
            PacketsSent = 150,
            PacketsLost = 19,
            SpuriousLosses = 4,
            PacketsRetransmitted = 20,
            RetransmittedAfterTimeout = 6,
            RetransmittedInRewind = 4,
            BytesAcknowledged = 5000,
            BytesDelivered = 2500,
            DataReceived = 57,
            ProbesReceived = 2,
        });
        now = now with { LargestReceived = 70, SmoothedRttNs = 12_500_000, CongestionWindowBytes = 3000, BytesInFlight = 1200 };
        Assert.Equal(
            new LinkSample(12.5, 3000, 1200, 2000, 1000, 10.0 / 50, 1 - (18.0 / 20), AfterTimeout: 2, AfterGap: 6, InRewind: 3),
            LinkSample.Of(before, now, TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void Where_nothing_was_sent_or_came_no_share_of_it_was_lost()
    {
        LinkSample idle = LinkSample.Of(default, default, TimeSpan.FromSeconds(1));
        Assert.Null(idle.OutLoss);
        Assert.Null(idle.InLoss);
        Assert.Null(idle.RttMs);
    }

    [Fact]
    public void What_the_network_doubles_and_what_was_not_lost_after_all_makes_no_loss_below_nothing()
    {
        ConnectionStats now = Stats(new ConnectionCounters { PacketsSent = 1, SpuriousLosses = 3, DataReceived = 9 }) with { LargestReceived = 4 };
        LinkSample sample = LinkSample.Of(default, now, TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0), (sample.OutLoss, sample.InLoss));
    }

    [Fact]
    public void A_link_that_ended_is_kept_ten_minutes_behind_the_open_ones()
    {
        Sample(1, second: 0);
        Sample(2, second: 0);
        Sample(2, second: 1);
        _watch.EndOthers(new HashSet<long> { 2 }, At(1), Today);
        Assert.Equal([(2L, false), (1L, true)], _watch.Read().Select(static one => (one.Number, one.EndedAt is not null)));
        Sample(2, second: 600);
        _watch.EndOthers(new HashSet<long> { 2 }, At(600), Today);
        Assert.Equal([2L], _watch.Read().Select(static one => one.Number));
    }

    [Fact]
    public void Ten_minutes_of_sixty_four_links_are_kept_and_one_that_ended_makes_room()
    {
        for (int second = 0; second <= 700; second++)
        {
            Sample(1, second);
        }

        for (int number = 2; number <= LinkWatch.Most + 1; number++)
        {
            Sample(number, second: 700);
        }

        Assert.Equal(RateHistory.Seconds, _watch.Read()[0].Seconds.Count);
        Assert.Equal(LinkWatch.Most, _watch.Read().Count);
        Assert.DoesNotContain(_watch.Read(), static one => one.Number == LinkWatch.Most + 1);
        _watch.EndOthers(Enumerable.Range(2, LinkWatch.Most - 1).Select(static number => (long)number).ToHashSet(), At(701), Today);
        Sample(LinkWatch.Most + 1, second: 701);
        Assert.Contains(_watch.Read(), static one => one.Number == LinkWatch.Most + 1);
        Assert.DoesNotContain(_watch.Read(), static one => one.Number == 1);
    }

    private static TimeSpan At(int second) => TimeSpan.FromSeconds(second);

    private static ConnectionStats Stats(ConnectionCounters counters) => new(counters);

    private void Sample(long number, int second) => _watch.Sample(number, "peer", null, "echo", default, At(second));
}
