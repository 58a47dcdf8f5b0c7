using Aldis.Protocols.Arq.Theory;

namespace Aldis.Protocols.Tests.Arq.Theory;

/// <summary>The expected values were computed apart from this code and checked by a Monte Carlo run.</summary>
public sealed class ClosedFormTests
{
    [Theory]
    [InlineData(64, 1000, 0.2, 0.01, 0.2016, 0.0199, 2489.04)]
    [InlineData(512, 10, 20, 0.05, 20.5192, 0.0975, 180.16)]
    [InlineData(1024, 100, 10, 0, 10.0929, 0, 811.66)]
    [InlineData(1024, 100, 10, 0.1, 10.0929, 0.19, 657.45)]
    [InlineData(1444, 100, 1, 0.01, 1.1265, 0.0199, 10050.88)]
    [InlineData(1444, 100, 100, 0.2, 100.1265, 0.36, 73.84)]
    [InlineData(8972, 1000, 50, 0.05, 50.0729, 0.0975, 1293.67)]
    public void Stop_and_wait_has_the_oracle_values(
        int payload, double megabits, double roundTripMs, double loss, double cycleMs, double roundLoss, double goodputKilobits)
    {
        LinkGeometry link = Link(payload, megabits, roundTripMs, loss);
        Assert.Equal(cycleMs, link.CycleSeconds * 1e3, 0.00005 + 1e-9);
        Assert.Equal(roundLoss, link.RoundLoss, 1e-9);
        Assert.Equal(goodputKilobits, StopAndWaitTheory.IdealGoodput(link) / 1e3, 0.005 + 1e-6);
    }

    [Fact]
    public void The_worked_example_holds()
    {
        LinkGeometry link = Link(1000, 10, 10, 0.05);
        Assert.Equal(844.8e-6, link.FrameSeconds, 1e-12);
        Assert.Equal(64.8e-6, link.ReplySeconds, 1e-12);
        Assert.Equal(661.8, StopAndWaitTheory.IdealGoodput(link) / 1e3, 0.05);
        Assert.Equal(1 / 0.9025, StopAndWaitTheory.TransmissionsPerFrame(link), 1e-9);
    }

    [Fact]
    public void Doubling_the_timer_costs_more_than_a_fifth_at_heavy_loss()
    {
        LinkGeometry link = Link(1444, 100, 100, 0.2);
        double constant = StopAndWaitTheory.Goodput(link, link.CycleSeconds);
        double doubling = StopAndWaitTheory.GoodputWithBackOff(link, link.CycleSeconds, 3);
        Assert.Equal(-0.225, (doubling / constant) - 1, 0.0005);
        Assert.Equal(constant, StopAndWaitTheory.GoodputWithBackOff(link, link.CycleSeconds, 0), 1e-6);
    }

    [Theory]
    [InlineData(0.01, 2.01)]
    [InlineData(0.02, 1.51)]
    [InlineData(0.05, 1.20)]
    [InlineData(0.10, 1.10)]
    [InlineData(0.20, 1.05)]
    [InlineData(0.36, 1.028)]
    [InlineData(0.50, 1.02)]
    public void The_timer_may_be_this_late_for_99_percent(double roundLoss, double cycles)
    {
        LinkGeometry link = Link(1444, 100, 100, 0) with { FrameLoss = roundLoss };
        double allowed = StopAndWaitTheory.LargestTimeoutInCycles(link, 0.99);
        Assert.Equal(cycles, allowed, 0.0051);
        double reached = StopAndWaitTheory.Goodput(link, allowed * link.CycleSeconds) / StopAndWaitTheory.IdealGoodput(link);
        Assert.Equal(0.99, reached, 1e-9);
    }

    [Fact]
    public void Go_back_n_with_the_ideal_timer_is_the_textbook_form()
    {
        LinkGeometry link = Link(1000, 10, 20, 0.02);
        double a = ((link.CycleSeconds / link.FrameSeconds) - 1) / 2;
        double textbook = link.BitsPerSecond * link.PayloadShare * (1 - 0.02) / (1 + (2 * a * 0.02));
        Assert.Equal(textbook, GoBackNTheory.ContinuousGoodput(link, link.CycleFrames), 1e-3);
    }

    [Fact]
    public void A_window_sent_whole_delivers_its_frames_up_to_the_first_loss()
    {
        double sum = 0;
        for (int k = 1; k <= 8; k++)
        {
            sum += Math.Pow(0.9, k); // the k-th frame counts if the first k all arrive
        }

        Assert.Equal(sum, GoBackNTheory.AcceptedPerRound(0.1, 8), 1e-12);
        Assert.Equal(8, GoBackNTheory.AcceptedPerRound(0, 8));
    }

    [Theory]
    [InlineData(0.01, 8, 20, 0.371, 0.396, 0.377)]
    [InlineData(0.05, 8, 20, 0.295, 0.380, 0.320)]
    [InlineData(0.1, 16, 40, 0.202, 0.360, 0.240)]
    [InlineData(0.05, 20, 20, 0.591, 0.95, 0.636)]
    [InlineData(0.02, 64, 64, 0.571, 0.98, 0.631)]
    public void Selective_repeat_has_the_oracle_bracket(
        double loss, int window, double cycleFrames, double lower, double upper, double simulated)
    {
        Assert.Equal(lower, SelectiveRepeatTheory.LowerShare(loss, window, cycleFrames), 0.0011);
        Assert.Equal(upper, SelectiveRepeatTheory.UpperShare(loss, window, cycleFrames), 0.0011);
        Assert.InRange(simulated, lower, upper);
    }

    /// <summary>Shares of the link's slots that a simulation of rounds gave, with the ideal timer and no acknowledgement lost.</summary>
    [Theory]
    [InlineData(0.01, 8, 20, 0.377)]
    [InlineData(0.05, 8, 20, 0.320)]
    [InlineData(0.1, 16, 40, 0.240)]
    [InlineData(0.05, 20, 20, 0.636)]
    [InlineData(0.02, 64, 64, 0.631)]
    [InlineData(0.05, 60, 20, 0.948)]
    [InlineData(0.1, 120, 20, 0.899)]
    public void Selective_repeat_has_the_oracle_values_within_six_percent(double loss, int window, int cycleFrames, double simulated)
    {
        LinkGeometry link = new()
        {
            PayloadBytes = 1000,
            HeaderBytes = 0,
            ReplyBytes = 0,
            BitsPerSecond = 8000,
            DelaySeconds = (cycleFrames - 1) / 2.0,
            FrameLoss = loss,
        };
        double share = SelectiveRepeatTheory.WindowedGoodput(link, window, link.CycleSeconds) / link.BitsPerSecond;
        Assert.InRange(share / simulated, 0.94, 1.06);
    }

    [Theory]
    [InlineData(1, 0.3, 0.2, 0.56)]
    [InlineData(2, 0.5, 0, 0.833333333)]
    [InlineData(8, 0, 0, 8)]
    public void The_chain_of_rounds_moves_by_what_can_be_reckoned_by_hand(int window, double loss, double replyLoss, double frames)
    {
        SelectiveRepeatRounds chain = SelectiveRepeatRounds.Solve(window, loss, replyLoss);
        Assert.Equal(frames, chain.FramesPerRound, 1e-6);
    }

    [Fact]
    public void The_best_payload_is_better_than_its_neighbours()
    {
        const double ErrorRate = 1e-5;
        double best = BitErrorTheory.BestPayloadBytes(ErrorRate, 56);
        Assert.True(Efficiency(best) > Efficiency(best - 20));
        Assert.True(Efficiency(best) > Efficiency(best + 20));
        Assert.Equal(0.0794, BitErrorTheory.FrameLoss(ErrorRate, 1034), 0.0005);

        static double Efficiency(double payload) =>
            payload / (payload + 56) * (1 - BitErrorTheory.FrameLoss(ErrorRate, (int)Math.Round(payload + 56)));
    }

    [Theory]
    [InlineData(0.020, 0.0001, 70.9)]
    [InlineData(0.020, 0.01, 7.1)]
    [InlineData(0.100, 0.001, 4.5)]
    [InlineData(0.100, 0.05, 0.63)]
    [InlineData(0.200, 0.0001, 18.3)]
    [InlineData(0.200, 0.05, 0.32)]
    public void Cubic_has_the_oracle_values(double roundTripSeconds, double loss, double megabits)
    {
        Assert.Equal(megabits, CubicTheory.Goodput(roundTripSeconds, loss) / 1e6, megabits * 0.015);
    }

    [Theory]
    [InlineData(8, 0.1, 1.02)]
    [InlineData(2, 0.2, 1.02)]
    public void Where_no_acknowledgement_is_lost_the_walk_of_go_back_N_agrees_with_its_form(int window, double loss, double timeoutInCycles)
    {
        LinkGeometry link = Link(1000, 10, 10, loss) with { ReplyLoss = 0 };
        double timeout = timeoutInCycles * link.CycleSeconds;
        Assert.True(GoBackNWalk.Reaches(link, window));
        var walk = GoBackNWalk.Take(link, window, timeout, restartsTimer: false);
        Assert.InRange(walk.StandardError, 1e-6, 0.01);
        Assert.True(walk.DeviationOfFrame > 0, "A frame takes as long as another.");
        Assert.Equal(1, walk.Goodput / GoBackNTheory.WindowedGoodput(link, window, timeout), 4 * walk.StandardError);

        // What is lost on the way back can only cost.
        double both = GoBackNWalk.Take(link with { ReplyLoss = 0.2 }, window, timeout, restartsTimer: false).Goodput;
        Assert.True(both < walk.Goodput, "Lost acknowledgements cost nothing.");
    }

    [Fact]
    public void A_report_costs_a_cycle_and_the_next_frame_that_arrives()
    {
        LinkGeometry link = Link(1000, 10, 10, 0.2);
        Assert.Equal(link.CycleFrames + 1.25, GoBackNTheory.FramesPerReportedLoss(link), 1e-12);
        Assert.Equal(8 * 0.8 / (link.CycleFrames * (0.8 + (8 * 0.2))), GoBackNTheory.TextbookShare(0.2, 8, link.CycleFrames), 1e-12);
    }

    private static LinkGeometry Link(int payload, double megabits, double roundTripMs, double loss) => new()
    {
        PayloadBytes = payload,
        BitsPerSecond = megabits * 1e6,
        DelaySeconds = roundTripMs / 2e3,
        FrameLoss = loss,
        ReplyLoss = loss,
    };
}
