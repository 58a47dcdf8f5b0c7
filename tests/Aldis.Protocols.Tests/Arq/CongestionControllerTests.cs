using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Arq.Sending;

namespace Aldis.Protocols.Tests.Arq;

public sealed class CongestionControllerTests
{
    private const int Datagram = 1_000;
    private const long Ms = 1_000_000;

    [Fact]
    public void A_fixed_window_stays_whatever_happens()
    {
        var window = new FixedWindow(8, Datagram);
        window.OnLoss(Loss(10, 5));
        window.OnPersistentCongestion(20);
        Assert.Equal(8_000, window.WindowBytes);
        Assert.Equal(0, window.PacingRate);
    }

    [Fact]
    public void Cubic_doubles_in_a_round_trip_of_slow_start()
    {
        var cubic = new Cubic(Datagram);
        long before = cubic.WindowBytes;
        cubic.OnAck(Ack(50 * Ms, before, before, 0));
        Assert.Equal(2 * before, cubic.WindowBytes);
    }

    [Fact]
    public void Cubic_does_not_grow_a_window_that_is_not_used()
    {
        var cubic = new Cubic(Datagram);
        long before = cubic.WindowBytes;
        cubic.OnAck(Ack(50 * Ms, 1_000, 1_000, 0));
        Assert.Equal(before, cubic.WindowBytes);
    }

    [Fact]
    public void Cubic_settles_at_seven_tenths_after_a_loss_and_reacts_once_per_flight()
    {
        Cubic cubic = Grown(out long window);
        cubic.OnLoss(Loss(1_000 * Ms, 999 * Ms, window - Datagram));
        cubic.OnLoss(Loss(1_001 * Ms, 999 * Ms, window - (2 * Datagram)));
        cubic.OnAck(Ack(1_100 * Ms, 2_000, window, 1_050 * Ms));
        Assert.InRange(cubic.WindowBytes, (long)(window * 0.69), (long)(window * 0.71));
    }

    [Fact]
    public void Cubic_takes_a_reduction_back_if_the_loss_was_none()
    {
        Cubic cubic = Grown(out long window);
        cubic.OnLoss(Loss(1_000 * Ms, 999 * Ms, window - Datagram));
        cubic.OnSpuriousLoss(1_010 * Ms);
        Assert.Equal(window, cubic.WindowBytes);
    }

    [Fact]
    public void Cubic_never_falls_below_two_datagrams()
    {
        var cubic = new Cubic(Datagram);
        for (int i = 0; i < 50; i++)
        {
            cubic.OnLoss(Loss((1_000 + i) * Ms, (1_000 + i) * Ms, 0));
            cubic.OnPersistentCongestion((1_000 + i) * Ms);
        }

        Assert.Equal(2 * Datagram, cubic.WindowBytes);
    }

    [Fact]
    public void Split_acknowledgements_gain_nothing()
    {
        var whole = new Cubic(Datagram);
        var split = new Cubic(Datagram);
        whole.OnAck(Ack(50 * Ms, 10_000, 10_000, 0));
        for (int i = 0; i < 10; i++)
        {
            split.OnAck(Ack(50 * Ms, 1_000, 10_000, 0));
        }

        Assert.Equal(whole.WindowBytes, split.WindowBytes);
    }

    [Fact]
    public void A_growing_round_trip_ends_slow_start_without_a_loss()
    {
        var exit = new SlowStartExit();
        bool ended = false;
        long delivered = 0;
        for (int round = 0; round < 12 && !ended; round++)
        {
            for (int i = 0; i < 10; i++)
            {
                long prior = delivered;
                delivered += Datagram;
                ended |= exit.OnAck(new AckSample
                {
                    RttNs = (40 + (10 * round)) * Ms,
                    PriorDelivered = i == 0 ? prior
                    : 0,
                    Delivered = delivered
                });
            }
        }

        Assert.True(ended);
    }

    [Fact]
    public void Lossy_has_a_window_for_the_largest_datagrams()
    {
        var lossy = new Lossy(65_507);
        lossy.OnAck(Ack(40 * Ms, 65_507, 65_507, 0) with { DeliveryRate = 1_000_000, PriorDelivered = 0, Delivered = 65_507 });
        Assert.InRange(lossy.WindowBytes, 6 * 65_507L, 1 << 20);
    }

    [Fact]
    public void The_lossy_controller_ignores_what_is_lost_while_it_does_not_hold_back()
    {
        var lossy = new Lossy(Datagram);
        lossy.OnLoss(new LossSample(Ms, 500_000, 0, 500, 0, 0));
        Assert.Equal(0, lossy.LossEstimate);
        lossy.OnAck(Ack(2 * Ms, 90_000, 0, 0) with { AckedInPhaseBytes = 90_000 });
        lossy.OnLoss(new LossSample(3 * Ms, 10_000, 10_000, 10, 0, 0));
        Assert.Equal(0.1, lossy.LossEstimate, 3);
    }

    [Fact]
    public void The_lossy_controller_believes_no_more_than_a_quarter_of_loss()
    {
        var lossy = new Lossy(Datagram);
        lossy.OnLoss(new LossSample(3 * Ms, 10_000, 10_000, 10, 0, 0));
        Assert.Equal(0.25, lossy.LossEstimate);
    }

    [Theory]
    [InlineData(0, 20_000)]
    [InlineData(40, 20_000)]
    [InlineData(90, 2_000)]
    public void The_lossy_controller_makes_up_for_less_of_a_pause_where_that_overruns_the_queue(int lostPerMille, int expectedMicroseconds)
    {
        const double LinkLoss = 0.02;
        const long Round = 1_000_000;
        var lossy = new Lossy(Datagram);
        for (int round = 1; round <= 400; round++)
        {
            bool holdsBack = lossy.Phase == 1;
            long lost = holdsBack ? (long)(Round * LinkLoss) : Round * lostPerMille / 1_000;
            lossy.OnAck(Ack(round * 40 * Ms, Round - lost, 0, 0) with
            {
                RttNs = 40 * Ms,
                AckedInPhaseBytes = holdsBack ? Round - lost : 0,
                DeliveryRate = 25_000_000,
                PriorDelivered = (round - 1) * Round,
                Delivered = round * Round,
            });
            lossy.OnLoss(new LossSample(round * 40 * Ms, lost, holdsBack ? lost : 0, 1, 0, 0));
        }

        Assert.Equal(expectedMicroseconds, lossy.CatchUpMicroseconds);
    }

    [Fact]
    public void The_greatest_value_is_forgotten_after_ten_rounds()
    {
        var filter = default(MaximumFilter);
        filter.Update(0, 100);
        for (long round = 1; round <= 10; round++)
        {
            filter.Update(round, 50);
            Assert.Equal(100, filter.Value);
        }

        filter.Update(12, 50);
        Assert.Equal(50, filter.Value);
    }

    private static Cubic Grown(out long window)
    {
        var cubic = new Cubic(Datagram);
        for (int i = 0; i < 5; i++)
        {
            cubic.OnAck(Ack(50 * Ms, cubic.WindowBytes, cubic.WindowBytes, 0));
        }

        window = cubic.WindowBytes;
        return cubic;
    }

    private static AckSample Ack(long nowNs, long acked, long inFlight, long sentNs) => new()
    {
        NowNs = nowNs,
        AckedBytes = acked,
        InFlightBefore = inFlight,
        InFlight = inFlight - acked,
        NewestSentNs = sentNs,
        SmoothedRttNs = 40 * Ms,
        MinRttNs = 40 * Ms,
        RttNs = 40 * Ms,
        PriorDelivered = -1,
    };

    private static LossSample Loss(long nowNs, long sentNs, long inFlight = 0) => new(nowNs, Datagram, 0, 1, sentNs, inFlight);
}
