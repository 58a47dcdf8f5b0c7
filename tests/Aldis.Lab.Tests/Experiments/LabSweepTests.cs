using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Tests.Experiments;

/// <summary>What a sweep measures, and which choice is best for a link.</summary>
public sealed class LabSweepTests
{
    [Theory]
    [InlineData(SweepParameter.Loss, 0, 0.3, new[] { 0, 0.03, 0.06, 0.09, 0.12, 0.15, 0.18, 0.21, 0.24, 0.27, 0.3 })]
    [InlineData(SweepParameter.Window, 1, 64, new double[] { 1, 2, 4, 8, 16, 32, 64 })]
    [InlineData(SweepParameter.Window, 2, 5, new double[] { 2, 3, 4, 5 })]
    [InlineData(SweepParameter.Delay, 0, 100_000_000, new[] { 0, 1e7, 2e7, 3e7, 4e7, 5e7, 6e7, 7e7, 8e7, 9e7, 1e8 })]
    [InlineData(SweepParameter.FrameSize, 16, 1024, new double[] { 16, 32, 64, 128, 256, 512, 1024 })]
    public void Values_lie_evenly_in_a_short_range_and_by_factors_in_a_long_one(
        SweepParameter parameter, double from, double to, double[] expected)
    {
        LabSweep sweep = Sweep(parameter, from, to);
        Assert.Equal(expected, sweep.Values.Select(static v => Math.Round(v, 6)));
    }

    [Theory]
    [InlineData(SweepParameter.Loss, 0, 1)]
    [InlineData(SweepParameter.Loss, -0.1, 0.5)]
    [InlineData(SweepParameter.Loss, 0.3, 0.3)]
    [InlineData(SweepParameter.Loss, double.NaN, 0.3)]
    [InlineData(SweepParameter.Window, 0, 5)]
    [InlineData(SweepParameter.Window, 5, 2)]
    [InlineData(SweepParameter.Window, 1, 100_000)]
    [InlineData(SweepParameter.Delay, 0, 1e13)]
    [InlineData(SweepParameter.FrameSize, 1, 70_000)]
    public void A_range_that_cannot_be_swept_is_refused(SweepParameter parameter, double from, double to) =>
        Assert.Throws<ArgumentOutOfRangeException>(Sweep(parameter, from, to).Validate);

    [Fact]
    public void Each_strategy_gets_the_settings_it_can_have()
    {
        LabSweep sweep = Sweep(SweepParameter.Window, 1, 64) with
        {
            Basis = new LabSettings { Strategy = ArqMode.GoBackN, Window = 3, TimeoutNanoseconds = 200_000_000 },
        };
        sweep.Validate();
        foreach (double value in sweep.Values)
        {
            foreach (ArqMode strategy in Enum.GetValues<ArqMode>())
            {
                LabSettings settings = sweep.At(strategy, value);
                settings.Validate();
                Assert.Equal(strategy == ArqMode.StopAndWait ? 1 : (int)value, settings.WindowFrames);
                Assert.Equal(200_000_000, settings.TimeoutNanoseconds);
            }
        }
    }

    [Theory]
    [InlineData(SweepParameter.Loss, 0, 0.3)]
    [InlineData(SweepParameter.Window, 1, 16)]
    [InlineData(SweepParameter.FrameSize, 64, 4096)]
    public void Measured_points_lie_on_the_curves_of_their_strategy(SweepParameter parameter, double from, double to)
    {
        // Acknowledgements arrive, as the forms for windows assume.
        LabSweep sweep = Sweep(parameter, from, to) with { Basis = new LabSettings { Frames = 4000, AcknowledgementLoss = 0 } };
        foreach (double value in sweep.Values)
        {
            foreach (ArqMode strategy in Enum.GetValues<ArqMode>())
            {
                LabSettings settings = sweep.At(strategy, value);
                var run = new LabRun(settings, new PatternPayload());
                Assert.Equal(LabOutcome.Finished, run.Run());
                LabSummary summary = LabSummary.Of(settings, run);
                double chance = 5 * (summary.Theory.RelativeDeviation ?? 0.008);
                double error = strategy == ArqMode.SelectiveRepeat ? 0.06 : 0.002;
                Assert.InRange(summary.Ratio!.Value, 1 - chance - error, 1 + chance + error);
            }
        }
    }

    [Fact]
    public void The_best_frame_for_selective_repeat_is_that_of_the_closed_form_for_bit_errors()
    {
        var settings = new LabSettings { Loss = 0.05 };
        BestChoice best = BestChoice.For(settings, ArqMode.SelectiveRepeat);
        double form = Aldis.Protocols.Arq.Theory.BitErrorTheory.BestPayloadBytes(best.BitErrorRate, 56);
        Assert.InRange(best.FrameSize, form - 1, form + 1);
        Assert.Equal(0.05, Aldis.Protocols.Arq.Theory.BitErrorTheory.FrameLoss(best.BitErrorRate, 1024 + 56), 1e-12);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void No_other_frame_size_measures_better_than_the_best(ArqMode strategy)
    {
        var settings = new LabSettings { Loss = 0.2, DelayNanoseconds = 2_000_000 };
        BestChoice best = BestChoice.For(settings, strategy);
        double chosen = Measured(best);
        foreach (double factor in new[] { 0.25, 4 })
        {
            int size = Math.Clamp((int)(best.FrameSize * factor), 1, LabSettings.LargestFrameSize);
            LabSettings atSize = settings with { FrameSize = size, Loss = LossAt(best.BitErrorRate, size) };
            double other = Measured(BestChoice.For(atSize, strategy) with
            {
                FrameSize = size,
                Link = best.Link with { PayloadBytes = size, FrameLoss = atSize.Loss },
            });
            Assert.True(chosen > other, $"{size}: {other:P2}, best {best.FrameSize}: {chosen:P2}");
        }

        double Measured(BestChoice choice)
        {
            LabSettings experiment = choice.Experiment(settings, choice.Windows[^1], 5000);
            var run = new LabRun(experiment, new PatternPayload());
            Assert.Equal(LabOutcome.Finished, run.Run());
            return LabSummary.Of(experiment, run).Efficiency;
        }
    }

    [Fact]
    public void The_extremes_of_loss_have_a_best_frame_too()
    {
        foreach (ArqMode strategy in Enum.GetValues<ArqMode>())
        {
            Assert.Equal(LabSettings.LargestFrameSize, BestChoice.For(new LabSettings { Loss = 0 }, strategy).FrameSize);
            Assert.Equal(1, BestChoice.For(new LabSettings { Loss = 1 }, strategy).FrameSize);
            Assert.InRange(BestChoice.For(new LabSettings { Loss = 0.9999 }, strategy).FrameSize, 1, 200);
        }
    }

    [Fact]
    public void Of_windows_that_come_close_the_smallest_is_taken()
    {
        (int, double)[] measured = [(10, 0.5), (20, 0.895), (30, 0.9), (40, 0.899)];
        Assert.Equal(1, BestChoice.SmallestWithin(measured, 0.99));
        Assert.Equal(2, BestChoice.SmallestWithin(measured, 1));
    }

    private static double LossAt(double errors, int size) => Aldis.Protocols.Arq.Theory.BitErrorTheory.FrameLoss(errors, size + 56);

    private static LabSweep Sweep(SweepParameter parameter, double from, double to) =>
        new() { Basis = new LabSettings(), Parameter = parameter, From = from, To = to };
}
