using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq;

public sealed class SendingPartsTests
{
    private const long Ms = 1_000_000;

    [Fact]
    public void The_first_round_trip_sets_the_estimate_and_half_of_it_as_variation()
    {
        var estimator = new RoundTripEstimator();
        estimator.Sample(100 * Ms, 0);
        Assert.Equal((100 * Ms, 50 * Ms, 100 * Ms), (estimator.SmoothedNs, estimator.VariationNs, estimator.MinimumNs));
    }

    [Fact]
    public void Later_round_trips_move_it_by_an_eighth_and_the_variation_by_a_quarter()
    {
        var estimator = new RoundTripEstimator();
        estimator.Sample(100 * Ms, 0);
        estimator.Sample(180 * Ms, 0);
        Assert.Equal(110 * Ms, estimator.SmoothedNs);
        Assert.Equal((50 * Ms) + ((80 - 50) * Ms / 4), estimator.VariationNs);
    }

    [Fact]
    public void The_peers_delay_is_taken_off_unless_that_goes_below_the_least()
    {
        var estimator = new RoundTripEstimator();
        estimator.Sample(100 * Ms, 0);
        estimator.Sample(120 * Ms, 10 * Ms);
        Assert.Equal(110 * Ms, estimator.LatestNs);
        estimator.Sample(105 * Ms, 10 * Ms);
        Assert.Equal(105 * Ms, estimator.LatestNs);
        Assert.Equal(100 * Ms, estimator.MinimumNs);
    }

    [Fact]
    public void With_a_constant_round_trip_the_time_out_comes_within_a_hundredth_after_nineteen_samples()
    {
        var estimator = new RoundTripEstimator();
        var timer = new RetransmissionTimer(RetransmissionPolicy.Auto, 0);
        for (int sample = 0; sample < 20; sample++)
        {
            estimator.Sample(100 * Ms, 0);
        }

        Assert.InRange(timer.TimeoutNs(estimator), 100 * Ms, 101 * Ms);
    }

    [Theory]
    [InlineData(RetransmissionBackOff.None, 10, 1)]
    [InlineData(RetransmissionBackOff.LinearFirst, 6, 1)]
    [InlineData(RetransmissionBackOff.LinearFirst, 8, 4)]
    [InlineData(RetransmissionBackOff.Exponential, 3, 8)]
    [InlineData(RetransmissionBackOff.Exponential, 30, 30)]
    internal void Expiries_lengthen_the_time_out_as_the_policy_says(RetransmissionBackOff backOff, int expiries, int factor)
    {
        var timer = new RetransmissionTimer(new RetransmissionPolicy(100 * Ms, backOff), 0);
        for (int i = 0; i < expiries; i++)
        {
            timer.OnExpired();
        }

        Assert.Equal(100 * Ms * factor, timer.TimeoutNs(new RoundTripEstimator()));
        timer.OnProgress();
        Assert.Equal(100 * Ms, timer.TimeoutNs(new RoundTripEstimator()));
    }

    [Fact]
    public void A_timer_table_knows_its_earliest_deadline_and_fires_each_once()
    {
        var timers = new TimerTable();
        Assert.Equal(TimerTable.Never, timers.NextNs);
        timers.Set(TimerKind.Idle, 50);
        timers.Set(TimerKind.AckDelay, 20);
        Assert.Equal(20, timers.NextNs);
        Assert.False(timers.TryExpire(TimerKind.AckDelay, 19));
        Assert.True(timers.TryExpire(TimerKind.AckDelay, 20));
        Assert.False(timers.TryExpire(TimerKind.AckDelay, 100));
        Assert.Equal(50, timers.NextNs);
    }

    [Fact]
    public void The_pacer_lets_no_more_out_than_its_bucket_and_its_rate()
    {
        var pacer = default(Pacer);
        pacer.SetRate(1_000_000, 0);
        long sent = 0;
        for (long now = 0; now <= 1_000 * Ms; now += Ms / 4)
        {
            while (pacer.MaySend(1_000, now))
            {
                pacer.OnSent(1_000);
                sent += 1_000;
            }

            Assert.InRange(sent, 0, pacer.BucketBytes + (now / 1_000));
        }

        Assert.InRange(sent, 1_000_000, 1_000_000 + pacer.BucketBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_who_was_held_back_by_the_pacer_makes_up_for_lateness(bool wasHeld)
    {
        const long LateMs = 6;
        var pacer = new Pacer { CatchUpMicroseconds = 8_000 };
        pacer.SetRate(100_000_000, 0);
        Drain(ref pacer, 0, pacer.BucketBytes);
        Assert.Equal(wasHeld, wasHeld && !pacer.MaySend(1_000, 0));
        long expected = wasHeld ? 100_000 * LateMs : pacer.BucketBytes;
        Assert.InRange(Drain(ref pacer, LateMs * Ms, long.MaxValue), expected - 1_000, expected);
    }

    [Fact]
    public void No_more_of_a_pause_is_made_up_for_than_the_controller_allows()
    {
        var pacer = new Pacer { CatchUpMicroseconds = 20_000 };
        pacer.SetRate(100_000_000, 0);
        Drain(ref pacer, 0, pacer.BucketBytes);
        Assert.False(pacer.MaySend(1_000, 0));
        Assert.InRange(Drain(ref pacer, 50 * Ms, long.MaxValue), 1_999_000, 2_000_000);
    }

    [Fact]
    public void The_pacer_says_when_it_is_ready()
    {
        var pacer = default(Pacer);
        pacer.SetRate(1_000_000, 0);
        while (pacer.MaySend(1_000, 0))
        {
            pacer.OnSent(1_000);
        }

        long ready = pacer.WhenReady(1_000);
        Assert.False(pacer.MaySend(1_000, ready - (Ms / 100)));
        Assert.True(pacer.MaySend(1_000, ready + 1));
    }

    [Fact]
    public void Time_that_stands_still_gives_no_tokens()
    {
        var pacer = default(Pacer);
        pacer.SetRate(1_000, 5);
        pacer.OnSent((int)pacer.BucketBytes);
        Assert.False(pacer.MaySend(1, 5));
        Assert.False(pacer.MaySend(1, 4));
    }

    [Fact]
    public void Bytes_in_flight_are_those_whose_fate_is_open()
    {
        var packets = new SentPackets();
        for (int i = 0; i < 100; i++)
        {
            packets.Add(new SentPacket { Size = 10, State = SentPacketState.Outstanding });
        }

        packets.Settle(ref packets[1], SentPacketState.Acknowledged);
        packets.Settle(ref packets[2], SentPacketState.Lost);
        packets.Settle(ref packets[2], SentPacketState.Acknowledged);
        Assert.Equal((980, 98), (packets.BytesInFlight, packets.OutstandingCount));
        packets.Prune(packets.Tail);
        Assert.Equal((3, 3), (packets.OldestOutstanding, packets.Tail));
    }

    [Fact]
    public void A_proven_reordering_widens_the_thresholds()
    {
        var detector = new LossDetector(8);
        var estimator = new RoundTripEstimator();
        estimator.Sample(100 * Ms, 0);
        long before = detector.TimeThresholdNs(estimator, 0);
        Assert.Equal((3, 112_500_000), (detector.PacketThreshold, before));
        detector.OnSpurious(9);
        Assert.Equal(10, detector.PacketThreshold);
        Assert.True(detector.TimeThresholdNs(estimator, 0) > before);
        detector.OnSpurious(100_000);
        Assert.Equal(64, detector.PacketThreshold);
    }

    [Fact]
    public void The_datagram_size_grows_by_proof_and_stops_after_three_losses()
    {
        var sizer = new DatagramSizer(9_000, probes: true);
        Assert.Equal((1_200, 1_400), (sizer.Current, sizer.WantedProbe));
        sizer.OnProbeSent(5);
        Assert.Equal(0, sizer.WantedProbe);
        Assert.True(sizer.OnProbeAcknowledged(1_400));
        for (int loss = 0; loss < 3; loss++)
        {
            Assert.Equal(1_452, sizer.WantedProbe);
            sizer.OnProbeSent(10 + loss);
            sizer.OnProbeLost(10 + loss);
        }

        Assert.Equal((1_400, 0), (sizer.Current, sizer.WantedProbe));
    }

    [Fact]
    public void A_path_that_swallows_large_datagrams_gets_small_ones()
    {
        var sizer = new DatagramSizer(9_000, probes: false);
        Assert.Equal(9_000, sizer.Current);
        Assert.False(sizer.OnTimeouts(2));
        Assert.True(sizer.OnTimeouts(3));
        Assert.Equal(1_200, sizer.Current);
    }

    private static long Drain(ref Pacer pacer, long nowNs, long most)
    {
        long sent = 0;
        while (sent + 1_000 <= most && pacer.MaySend(1_000, nowNs))
        {
            pacer.OnSent(1_000);
            sent += 1_000;
        }

        return sent;
    }

    [Fact]
    public void A_packet_larger_than_the_bucket_leaves_and_its_rate_is_kept()
    {
        const int Size = DatagramLimits.MaxPayload;
        const long BytesPerSecond = 1_000_000;
        var pacer = default(Pacer);
        pacer.SetRate(BytesPerSecond, 0);
        long nowNs = 0;
        for (int packet = 0; packet < 100; packet++)
        {
            while (!pacer.MaySend(Size, nowNs))
            {
                nowNs = Math.Max(nowNs + 1, pacer.WhenReady(Size));
            }

            pacer.OnSent(Size);
        }

        Assert.InRange(nowNs / 1e9, 98.0 * Size / BytesPerSecond, 100.0 * Size / BytesPerSecond);
    }
}
