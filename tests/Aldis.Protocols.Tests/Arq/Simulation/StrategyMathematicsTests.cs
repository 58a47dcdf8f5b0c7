using System.Collections.Concurrent;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Theory;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>The engine against the closed forms, in virtual time. ALDIS_SIMULATION_FRAMES sets the frames of each cell.</summary>
public sealed class StrategyMathematicsTests(ITestOutputHelper output)
{
    private const long FramesByDefault = 20_000;
    private const double TimerMargin = 1.0 / 128; // the adaptive timer never comes closer to the round trip than this

    private static readonly double[] Losses = [0, 0.001, 0.01, 0.05, 0.1, 0.2];
    private static readonly double[] RoundTripsMs = [0.2, 1, 10, 50, 200];
    private static readonly int[] Payloads = [64, 512, 1024, 1444, 8972];

    private static long Frames =>
        long.TryParse(Environment.GetEnvironmentVariable("ALDIS_SIMULATION_FRAMES"), out long frames) ? frames : FramesByDefault;

    [Fact]
    public void Stop_and_wait_reaches_99_percent_of_its_closed_form_over_the_whole_grid()
    {
        (double Loss, double RoundTripMs, int Payload)[] cells =
            [.. from loss in Losses from roundTrip in RoundTripsMs from payload in Payloads select (loss, roundTrip, payload)];
        var ratios = new ConcurrentBag<(double Ratio, string Cell)>();
        var failures = new ConcurrentBag<string>();
        Parallel.For(0, cells.Length, i =>
        {
            (double loss, double roundTrip, int payload) = cells[i];
            LinkGeometry link = Link(payload, 100e6, roundTrip, loss, loss);
            double measured = GoodputRun.OfFrames(ConnectionOptions.StopAndWait(payload), link, Frames, (ulong)i);
            double ratio = measured / StopAndWaitTheory.IdealGoodput(link);
            double bar = 0.99 - (3 * StopAndWaitTheory.RelativeDeviation(link, Frames));
            string cell = $"loss {loss:P1} round trip {roundTrip} ms payload {payload}: {ratio:F4}, bar {bar:F4}";
            ratios.Add((ratio, cell));
            if (!(ratio >= bar && ratio <= 1 + (5 * StopAndWaitTheory.RelativeDeviation(link, Frames)) + 1e-6))
            {
                failures.Add(cell);
            }
        });
        output.WriteLine($"{cells.Length} cells of {Frames} frames; lowest: {ratios.Min().Cell}");
        output.WriteLine($"mean ratio {ratios.Average(r => r.Ratio):F5}");
        Assert.Empty(failures);
    }

    [Theory]
    [InlineData(0.0, 0.0, false)]
    [InlineData(0.01, 0.0, false)]
    [InlineData(0.05, 0.0, false)]
    [InlineData(0.1, 0.0, false)]
    [InlineData(0.05, 0.05, false)]
    [InlineData(0.05, 0.001, false)]
    [InlineData(0.01, 0.01, false)]
    [InlineData(0.01, 0.0, true)]
    [InlineData(0.05, 0.0, true)]
    [InlineData(0.1, 0.0, true)]
    public void Go_back_n_is_within_2_percent_of_its_closed_form(double loss, double replyLoss, bool reports)
    {
        const int CycleFrames = 20;
        LinkGeometry link = LinkOfCycle(1000, 10e6, CycleFrames) with { FrameLoss = loss, ReplyLoss = replyLoss };
        bool isTight = !reports && replyLoss == 0; // else the timer waits for reports, or for later acknowledgements in place of lost ones
        double timeoutCycles = isTight ? 1 + TimerMargin : 2;
        double framesPerLoss = reports ? GoBackNTheory.FramesPerReportedLoss(link) : link.CycleFrames * timeoutCycles;
        ConnectionOptions options = ConnectionOptions.GoBackN(1000, isTight ? CycleFrames : 3 * CycleFrames) with
        {
            RejectRewinds = reports,
            Retransmission = isTight
                ? RetransmissionPolicy.Auto
                : RetransmissionPolicy.Constant((long)(link.CycleSeconds * timeoutCycles * 1e9)),
        };
        double measured = GoodputRun.OfFrames(options, link, 10 * Frames, 3);
        double expected = GoBackNTheory.ContinuousGoodput(link, framesPerLoss);
        output.WriteLine(
            $"loss {loss:P0}, replies {replyLoss:P1}, reports {reports}: {measured / expected:F4} of {expected / 1e6:F3} Mbit/s");
        Assert.InRange(measured / expected, 0.98, 1.02);
    }

    [Theory]
    [InlineData(0.01, 8, 20)]
    [InlineData(0.05, 8, 20)]
    [InlineData(0.1, 16, 40)]
    [InlineData(0.05, 20, 20)]
    [InlineData(0.02, 64, 64)]
    [InlineData(0.05, 60, 20)]
    [InlineData(0.1, 120, 20)]
    public void Selective_repeat_is_inside_its_bracket(double loss, int windowFrames, int cycleFrames)
    {
        LinkGeometry link = LinkOfCycle(1000, 10e6, cycleFrames) with { FrameLoss = loss };
        double full = link.BitsPerSecond * link.PayloadShare;
        double measured = GoodputRun.OfFrames(Immediate(windowFrames), link, 5 * Frames, 5) / full;
        double lower = SelectiveRepeatTheory.LowerShare(loss, windowFrames, cycleFrames);
        double upper = SelectiveRepeatTheory.UpperShare(loss, windowFrames, cycleFrames);
        output.WriteLine($"loss {loss:P0}, window {windowFrames}, cycle {cycleFrames}: {measured:F4} in [{lower:F4}, {upper:F4}]");
        Assert.InRange(measured, windowFrames >= 3 * cycleFrames ? 0.98 * upper : lower, upper * 1.005);
    }

    private static ConnectionOptions Immediate(int windowFrames) =>
        ConnectionOptions.SelectiveRepeat(1000, windowFrames) with { AckEvery = 1, MaxAckDelayNs = 0 };

    private static LinkGeometry Link(int payload, double rate, double roundTripMs, double loss, double replyLoss) => new()
    {
        PayloadBytes = payload,
        BitsPerSecond = rate,
        DelaySeconds = roundTripMs / 2e3,
        FrameLoss = loss,
        ReplyLoss = replyLoss,
    };

    /// <summary>A link on which a cycle lasts exactly so many frames.</summary>
    private static LinkGeometry LinkOfCycle(int payload, double rate, int frames)
    {
        LinkGeometry without = Link(payload, rate, 0, 0, 0);
        double delay = ((frames * without.FrameSeconds) - without.FrameSeconds - without.ReplySeconds) / 2;
        return without with { DelaySeconds = delay };
    }
}
