using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Theory;

namespace Aldis.Lab.Tests.Experiments;

/// <summary>Runs against the closed forms that the laboratory shows beside them.</summary>
public sealed class LabTheoryTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.02, 0)]
    [InlineData(0.22, 0)]
    [InlineData(0.3, 400)]
    public void Stop_and_wait_agrees_with_its_form(double loss, int timeoutMs)
    {
        var settings = new LabSettings { Frames = 20_000, Loss = loss, TimeoutNanoseconds = timeoutMs * 1_000_000L, Seed = 3 };
        Check(settings, LabTheoryForm.StopAndWait);
    }

    [Theory]
    [InlineData(2, 50, 0.1)]
    [InlineData(8, 50, 0.01)]
    [InlineData(8, 50, 0.1)]
    [InlineData(8, 50, 0.3)]
    [InlineData(32, 50, 0.1)]
    [InlineData(8, 2, 0.1)]
    [InlineData(64, 2, 0.1)]
    [InlineData(2, 0, 0.1)]
    public void Go_back_n_agrees_with_its_form_at_any_window(int window, int delayMs, double loss)
    {
        var settings = new LabSettings
        {
            Strategy = ArqMode.GoBackN,
            Frames = 20_000,
            Window = window,
            DelayNanoseconds = delayMs * 1_000_000L,
            Loss = loss,
            AcknowledgementLoss = 0,
        };
        Check(settings, LabTheoryForm.GoBackN);
    }

    /// <summary>So many frames that chance no longer hides what the timer's margin costs stop-and-wait, a third of a percent.</summary>
    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 0.22)]
    [InlineData(ArqMode.GoBackN, 8, 0.1)]
    [InlineData(ArqMode.GoBackN, 128, 0.01)]
    public void A_million_frames_agree_with_the_form_for_the_timer_that_is_measured(ArqMode strategy, int window, double loss) => Check(
        new LabSettings
        {
            Strategy = strategy,
            Frames = 1_000_000,
            Window = window,
            Loss = loss,
            AcknowledgementLoss = strategy == ArqMode.StopAndWait ? loss : 0,
        },
        strategy == ArqMode.StopAndWait ? LabTheoryForm.StopAndWait : LabTheoryForm.GoBackN);

    [Theory]
    [InlineData(ArqMode.GoBackN, 8)]
    [InlineData(ArqMode.GoBackN, 256)]
    [InlineData(ArqMode.SelectiveRepeat, 8)]
    [InlineData(ArqMode.SelectiveRepeat, 256)]
    public void Without_loss_the_form_is_exact_for_any_number_of_frames(ArqMode strategy, int window)
    {
        foreach (int frames in new[] { 1, 7, 8, 20, 1000 })
        {
            var settings = new LabSettings { Strategy = strategy, Frames = frames, Window = window, Loss = 0 };
            Assert.Equal(1, SummaryOf(settings).Ratio!.Value, strategy == ArqMode.GoBackN ? 1e-6 : 1e-4); // packets are named in bytes
        }
    }

    [Theory]
    [InlineData(2, 0.1, LabTheoryForm.SelectiveRepeatRounds)]
    [InlineData(8, 0.01, LabTheoryForm.SelectiveRepeatApproximation)]
    [InlineData(8, 0.1, LabTheoryForm.SelectiveRepeatApproximation)]
    [InlineData(32, 0.1, LabTheoryForm.SelectiveRepeatApproximation)]
    [InlineData(32, 0.3, LabTheoryForm.SelectiveRepeatApproximation)]
    [InlineData(128, 0.05, LabTheoryForm.SelectiveRepeatApproximation)]
    public void Selective_repeat_is_near_its_form(int window, double loss, LabTheoryForm form)
    {
        var settings = new LabSettings { Strategy = ArqMode.SelectiveRepeat, Frames = 20_000, Window = window, Loss = loss };
        LabSummary summary = SummaryOf(settings);
        output.WriteLine($"{summary.Efficiency:F6} of {summary.Theory.Efficiency:F6}: {summary.Ratio:F4}");
        Assert.Equal(form, summary.Theory.Form);
        Assert.InRange(summary.Ratio!.Value, 0.92, 1.08);
        Assert.Empty(summary.Theory.Broken);
    }

    [Fact]
    public void The_textbooks_simpler_forms_stand_beside_it()
    {
        var settings = new LabSettings { Loss = 0.1, Window = 8, AcknowledgementLoss = 0 };
        LinkGeometry link = LabTheory.For(settings with { Window = null }).Link;
        double k = link.CycleFrames;
        Assert.Equal(0.9 * 8192 / 10e6 / link.CycleSeconds, LabTheory.For(settings with { Window = null }).TextbookEfficiency, 1e-9);
        LabTheory goBack = LabTheory.For(settings with { Strategy = ArqMode.GoBackN });
        Assert.Equal(link.PayloadShare * 8 * 0.9 / (k * (0.9 + 0.8)), goBack.TextbookEfficiency, 1e-9);
        LabTheory selective = LabTheory.For(settings with { Strategy = ArqMode.SelectiveRepeat });
        Assert.Equal(link.PayloadShare * 8 * 0.9 / k, selective.TextbookEfficiency, 1e-9);
    }

    [Fact]
    public void The_form_for_any_window_is_the_continuous_one_where_the_window_never_stops_the_sender()
    {
        var link = new LinkGeometry { PayloadBytes = 1000, BitsPerSecond = 10e6, DelaySeconds = 0.01, FrameLoss = 0.05 };
        double timeout = 1.5 * link.CycleSeconds;
        Assert.Equal(
            GoBackNTheory.ContinuousGoodput(link, timeout / link.FrameSeconds), GoBackNTheory.WindowedGoodput(link, 100, timeout), 1e-6);
    }

    [Fact]
    public void Without_loss_a_window_fills_its_share_of_the_cycle()
    {
        var link = new LinkGeometry { PayloadBytes = 1000, BitsPerSecond = 10e6, DelaySeconds = 0.01 };
        Assert.Equal(4 * 8000 / link.CycleSeconds, GoBackNTheory.WindowedGoodput(link, 4, link.CycleSeconds), 1e-6);
    }

    [Fact]
    public void What_an_experiment_does_not_keep_of_the_assumptions_is_named()
    {
        var settings = new LabSettings { TimeoutNanoseconds = 20_000_000, Reorder = 0.1, Duplicate = 0.1 };
        Assert.Equal(
            [LabAssumption.TimeoutCoversTheCycle, LabAssumption.NothingIsOvertaken, LabAssumption.NothingIsDuplicated],
            LabTheory.For(settings).Broken);
        Assert.Empty(LabTheory.For(new LabSettings()).Broken);
    }

    [Fact]
    public void Where_nothing_arrives_nothing_is_predicted()
    {
        Assert.Equal(0, LabTheory.For(new LabSettings { Loss = 1 }).Efficiency);
        Assert.Equal(0, LabTheory.For(new LabSettings { Loss = 0, AcknowledgementLoss = 1 }).Efficiency);
    }

    /// <summary>Within five standard deviations of chance, and what the first round trips cost, by which the timer is learned.</summary>
    private void Check(LabSettings settings, LabTheoryForm form)
    {
        LabSummary summary = SummaryOf(settings);
        Assert.Equal(form, summary.Theory.Form);
        double chance = 5 * summary.Theory.RelativeDeviation!.Value;
        const double Learning = 3e-4;
        output.WriteLine($"{summary.Efficiency:F6} of {summary.Theory.Efficiency:F6}: {summary.Ratio:F4}, chance {chance:F4}");
        Assert.InRange(summary.Ratio!.Value, 1 - chance - Learning, 1 + chance + 1e-4);
    }

    private static LabSummary SummaryOf(LabSettings settings)
    {
        var run = new LabRun(settings, new PatternPayload());
        Assert.Equal(LabOutcome.Finished, run.Run());
        return LabSummary.Of(settings, run);
    }
}
