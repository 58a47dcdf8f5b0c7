using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Theory;

namespace Aldis.Lab.Tests.Textbook;

/// <summary>
/// The form for go-back-N with lost acknowledgements beside the simulation, which shares no line with it. ALDIS_TEXTBOOK=full does that
/// at 90 points to a standard error of 0.2 %.
/// </summary>
public sealed class GoBackNFormTests(ITestOutputHelper output)
{
    private const double LargestError = 0.01;
    private const int FramesOfRun = 20_000;

    [Theory]
    [InlineData(2, 0.2, 0.2, 50, 1.02)]
    [InlineData(8, 0.1, 0.1, 50, 1.0078125)]
    [InlineData(8, 0, 0.2, 50, 1.5)]
    [InlineData(16, 0.05, 0.2, 5, 1.02)]
    [InlineData(64, 0.01, 0.1, 50, 1.02)]
    [InlineData(64, 0.05, 0.05, 1, 1.1)]
    public void At_six_points_it_says_what_the_simulation_measures(
        int window, double loss, double replyLoss, int delayMs, double timeoutInCycles) =>
        Check(new TextbookPoint(ArqMode.GoBackN, window, loss, replyLoss, delayMs, timeoutInCycles), 0.003, 3 * 0.003);

    [Theory]
    [InlineData(8, 0.1, 0, 1.02)]
    [InlineData(8, 0.1, 0.1, 1.5)]
    public void It_knows_the_timer_that_each_acknowledgement_starts_anew(
        int window, double loss, double replyLoss, double timeoutInCycles) =>
        Check(
            new TextbookPoint(ArqMode.GoBackN, window, loss, replyLoss, 50, timeoutInCycles) { RestartsTimer = true }, 0.003, 3 * 0.003);

    [Fact]
    public void It_knows_a_time_out_that_is_shorter_than_a_cycle() =>
        Check(new TextbookPoint(ArqMode.GoBackN, 8, 0.05, 0.05, 5, 0.7), 0.003, 3 * 0.003);

    [Fact]
    public void At_ninety_points_it_says_what_the_simulation_measures()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("ALDIS_TEXTBOOK") == "full", "ALDIS_TEXTBOOK=full runs it");
        Parallel.ForEach(
            Grid(),
            new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken },
            point => Check(point, 0.002, 3 * 0.002));
    }

    /// <summary>The form that was here before, broken in the one rule: each lost acknowledgement is made good by the next.</summary>
    [Theory]
    [InlineData(2, 0.2, 50, 1.02)]
    [InlineData(16, 0.05, 5, 1.02)]
    [InlineData(64, 0.01, 50, 1.0078125)]
    public void A_form_for_which_every_lost_acknowledgement_is_made_good_is_caught(
        int window, double loss, int delayMs, double timeoutInCycles)
    {
        var point = new TextbookPoint(ArqMode.GoBackN, window, loss, 0.2, delayMs, timeoutInCycles);
        LinkGeometry link = LabTheory.For(point.Settings(1, 1)).Link;
        double masked = GoBackNTheory.WindowedGoodput(link, window, point.TimeoutNs / 1e9);
        double walked = GoBackNWalk.Take(link, window, point.TimeoutNs / 1e9, restartsTimer: false).Goodput;
        Assert.True(Math.Abs((masked / walked) - 1) > 5 * LargestError, $"{masked} and {walked}");
    }

    [Theory]
    [InlineData(8, 0.1, 50, 1.02)]
    [InlineData(64, 0.05, 1, 1.5)]
    [InlineData(2, 0.2, 0, 1.1)]
    public void Where_no_acknowledgement_is_lost_the_walk_leads_to_the_closed_form(
        int window, double loss, int delayMs, double timeoutInCycles)
    {
        var point = new TextbookPoint(ArqMode.GoBackN, window, loss, 0, delayMs, timeoutInCycles);
        LabTheory theory = LabTheory.For(point.Settings(1_000_000, 1));
        GoBackNWalk walk = GoBackNWalk.Take(theory.Link, window, point.TimeoutNs / 1e9, restartsTimer: false);
        Assert.Equal(LabTheoryForm.GoBackN, theory.Form);
        double closed = theory.Efficiency * 10e6;
        output.WriteLine(Text($"{walk.Goodput / closed:F5} ± {walk.StandardError:P3}"));
        Assert.InRange(walk.Goodput / closed, 1 - (5 * walk.StandardError) - 1e-3, 1 + (5 * walk.StandardError) + 1e-3);
        Assert.InRange(walk.DeviationOfFrame / 1000 / theory.RelativeDeviation!.Value, 0.5, 1.6);
    }

    [Fact]
    public void Its_own_standard_error_is_small()
    {
        const int EveryTenth = 10;
        foreach (TextbookPoint point in Grid().Where(static (_, index) => index % EveryTenth == 0))
        {
            LinkGeometry link = LabTheory.For(point.Settings(1, 1) with { Strategy = ArqMode.SelectiveRepeat }).Link;
            GoBackNWalk walk = GoBackNWalk.Take(link, point.Window, point.TimeoutNs / 1e9, restartsTimer: false);
            Assert.InRange(walk.StandardError, 0, 0.004);
        }
    }

    /// <summary>Windows of 2 to 64 frames, links of 1.8 to 117, time-outs that leave no answer more time and some, losses to 20 %.</summary>
    private static IEnumerable<TextbookPoint> Grid()
    {
        (double Frames, double Replies)[] losses = [(0, 0.05), (0, 0.2), (0.01, 0.1), (0.05, 0.05), (0.1, 0.2), (0.2, 0.01)];
        (int DelayMs, double Timeout)[] links = [(50, 1 + (1.0 / 128)), (5, 1.1), (1, 1.5)];
        return from window in new[] { 2, 4, 8, 16, 64 }
               from link in links
               from loss in losses
               select new TextbookPoint(ArqMode.GoBackN, window, loss.Frames, loss.Replies, link.DelayMs, link.Timeout);
    }

    private void Check(TextbookPoint point, double standardError, double chance)
    {
        LabTheory theory = LabTheory.For(point.Settings(FramesOfRun, 1));
        Assert.Equal((LabTheoryForm.GoBackNWalk, 0), (theory.Form, theory.Broken.Count));
        var measured = new List<double>();
        double error;
        do
        {
            measured.Add(8.0 * 1024 * FramesOfRun / new TextbookSimulation(point, FramesOfRun, measured.Count + 1).Run() * 1e9 / 10e6);
            double mean = measured.Average();
            error = Math.Sqrt(measured.Sum(m => (m - mean) * (m - mean)) / measured.Count / Math.Max(1, measured.Count - 1)) / mean;
        }
        while (measured.Count < 4 || error > standardError);

        double ratio = measured.Average() / theory.Efficiency;
        string line = Text($"window {point.Window}, loss {point.Loss:P0} and {point.ReplyLoss:P0}, {point.DelayMs} ms, ")
            + Text($"time-out {point.TimeoutInCycles} cycles: {ratio:F4} ± {error:F4}");
        lock (output)
        {
            output.WriteLine(line);
        }

        Assert.True(Math.Abs(ratio - 1) <= LargestError + chance, line);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
