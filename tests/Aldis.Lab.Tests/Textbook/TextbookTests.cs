using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Tests.Textbook;

/// <summary>
/// The laboratory beside a simulation that was written apart from the engine, with the same time-out on both sides. Runs are repeated with
/// other seeds until chance is small enough: ALDIS_TEXTBOOK=full does that at 40 points to a standard error of the ratio of 0.2 %.
/// </summary>
public sealed class TextbookTests(ITestOutputHelper output)
{
    private const double SmallError = 0.002;
    private const double ErrorInEveryRun = 0.006;
    private const int FramesOfRun = 20_000;

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(22)]
    [InlineData(30)]
    [InlineData(38)]
    public void At_six_points_the_laboratory_does_what_the_simulation_does(int index) =>
        Compare(TextbookPoint.Grid().ElementAt(index), ErrorInEveryRun, 3 * ErrorInEveryRun);

    /// <summary>A timer that each acknowledgement starts anew, against the simulation, and against the timer of the oldest frame.</summary>
    [Theory]
    [InlineData(8, 0.05, 0)]
    [InlineData(8, 0.15, 0.15)]
    public void A_restarted_timer_does_what_the_simulation_does_and_is_slower(int window, double loss, double replyLoss)
    {
        var point = new TextbookPoint(ArqMode.GoBackN, window, loss, replyLoss, 50, 1.02) { RestartsTimer = true };
        CompareOne(point, ErrorInEveryRun, 3 * ErrorInEveryRun);
        double oldest = Elapsed((point with { RestartsTimer = false }).Settings(FramesOfRun, 1));
        Assert.InRange(oldest / Elapsed(point.Settings(FramesOfRun, 1)), 0.5, 0.95);
    }

    [Theory]
    [InlineData(AnswerKind.Individual, 4, 0.1)]
    [InlineData(AnswerKind.Individual, 8, 0.3)]
    [InlineData(AnswerKind.Cumulative, 4, 0.1)]
    [InlineData(AnswerKind.Cumulative, 8, 0.3)]
    internal void Acknowledgements_that_say_less_do_what_they_do_in_the_simulation(AnswerKind answers, int window, double loss)
    {
        var point = new TextbookPoint(ArqMode.SelectiveRepeat, window, loss, loss, 50, 1.1) { Answers = answers };
        CompareOne(point, ErrorInEveryRun, 0);
    }

    /// <summary>Where each answer speaks for one frame, the form for selective repeat is exact with the losses of both ways
    /// together.</summary>
    [Theory]
    [InlineData(4, 0.1, 0.1)]
    [InlineData(8, 0.05, 0.2)]
    [InlineData(2, 0.3, 0.3)]
    public void Individual_acknowledgements_agree_with_their_form(int window, double loss, double replyLoss)
    {
        var point = new TextbookPoint(ArqMode.SelectiveRepeat, window, loss, replyLoss, 50, 1.02) { Answers = AnswerKind.Individual };
        LabSettings settings = point.Settings(100_000, 1);
        var run = new LabRun(settings);
        run.Run();
        LabSummary summary = LabSummary.Of(settings, run);
        Assert.Equal((LabTheoryForm.SelectiveRepeatRounds, 0), (summary.Theory.Form, summary.Theory.Broken.Count));
        Assert.InRange(summary.Ratio!.Value, 0.985, 1.015);
    }

    [Fact]
    public void At_forty_points_the_laboratory_does_what_the_simulation_does()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("ALDIS_TEXTBOOK") == "full", "ALDIS_TEXTBOOK=full runs it");
        Parallel.ForEach(
            TextbookPoint.Grid(),
            new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken },
            point => Compare(point, SmallError, 0));
    }

    [Fact]
    public void In_the_default_sweep_selective_repeat_is_above_go_back_n_wherever_the_simulation_tells_them_apart()
    {
        const double Apart = 1.03;
        const int Seeds = 10;
        var sweep = new LabSweep
        {
            Basis = new LabSettings { Strategy = ArqMode.GoBackN, Frames = 3000 },
            Parameter = SweepParameter.Loss,
            From = 0,
            To = 0.3,
        };
        int separated = 0;
        foreach (double loss in sweep.Values)
        {
            var point = new TextbookPoint(ArqMode.GoBackN, 8, loss, loss, 50, 1 + (1.0 / 128));
            double goBack = new TextbookSimulation(point, 200_000, 1).Run();
            double selective = new TextbookSimulation(point.As(ArqMode.SelectiveRepeat), 200_000, 2).Run();
            int above = 0;
            for (ulong seed = 1; seed <= Seeds; seed++)
            {
                LabSweep seeded = sweep with { Basis = sweep.Basis with { Seed = seed } };
                above += Elapsed(seeded.At(ArqMode.SelectiveRepeat, loss)) < Elapsed(seeded.At(ArqMode.GoBackN, loss)) ? 1 : 0;
            }

            output.WriteLine(Text($"loss {loss:P0}: the simulation's ratio {goBack / selective:F3}; above in {above} of {Seeds} seeds"));
            if (goBack / selective >= Apart)
            {
                separated++;
                Assert.Equal(Seeds, above);
            }
        }

        Assert.InRange(separated, 6, 11);
    }

    /// <summary>Runs all three strategies on both sides until the standard error of the ratio of their times is small.</summary>
    private void Compare(TextbookPoint point, double standardError, double chance)
    {
        foreach (ArqMode strategy in Enum.GetValues<ArqMode>())
        {
            CompareOne(point.As(strategy), standardError, chance);
        }
    }

    private void CompareOne(TextbookPoint at, double standardError, double chance)
    {
        var measured = new Mean();
        var simulated = new Mean();
        do
        {
            int seed = measured.Count + 1;
            measured.Add(Elapsed(at.Settings(FramesOfRun, (ulong)seed)));
            simulated.Add(new TextbookSimulation(at, FramesOfRun, seed).Run());
        }
        while (measured.Count < 4 || double.Hypot(measured.RelativeError, simulated.RelativeError) > standardError);

        double ratio = simulated.Value / measured.Value;
        double error = double.Hypot(measured.RelativeError, simulated.RelativeError);
        double allowed = (at.IsSelective ? 0.03 : 0.01) + chance;
        string line = Text($"{at.Strategy}, window {at.Window}, loss {at.Loss:P0} and {at.ReplyLoss:P0}, {at.DelayMs} ms, ")
            + Text($"time-out {at.TimeoutInCycles} cycles: {ratio:F4} ± {error:F4}, {measured.Count * (long)FramesOfRun} frames");
        lock (output)
        {
            output.WriteLine(line);
        }

        Assert.True(Math.Abs(ratio - 1) <= allowed, line);
    }

    private static double Elapsed(LabSettings settings)
    {
        var run = new LabRun(settings);
        Assert.Equal(LabOutcome.Finished, run.Run());
        return run.ElapsedNanoseconds;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Mean
    {
        private double _sum;
        private double _squares;

        public int Count { get; private set; }

        public double Value => _sum / Count;

        /// <summary>Standard error of the mean, relative to it.</summary>
        public double RelativeError => Math.Sqrt(Math.Max(0, (_squares / Count) - (Value * Value)) / (Count - 1)) / Value;

        public void Add(double value)
        {
            Count++;
            _sum += value;
            _squares += value * value;
        }
    }
}
