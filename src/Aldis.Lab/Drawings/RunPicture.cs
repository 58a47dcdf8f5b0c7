using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Drawings;

/// <summary>Draws a run of the laboratory: its ladder, what theory says beside it, and the figures.</summary>
public static class RunPicture
{
    private const double NsPerMillisecond = 1e6;

    /// <summary>Writes the ladder as lines of text.</summary>
    /// <param name="output">Takes them.</param>
    /// <param name="summary">The run, when it is over.</param>
    /// <param name="steps">The steps that were kept while it went on.</param>
    /// <param name="columns">Columns of a line, 40 to 1,000.</param>
    /// <exception cref="ArgumentNullException">Something is missing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The lines are too short or too long.</exception>
    public static void WriteText(TextWriter output, LabSummary summary, PictureSteps steps, int columns = 100)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 40);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, 1_000);
        const int TimeColumns = 10;
        LadderClock clock = LadderClock.Showing(summary.Theory.Link.FrameSeconds);
        var line = new LadderLine(columns, TimeColumns, clock, new LadderPaint(false));
        output.WriteLine(line.Heading());
        var text = new LadderText(output.WriteLine, line, clock, LadderTextLimits.None);
        List<LadderMoment> moments = LadderMoments.Of(steps.Kept);
        moments.ForEach(text.Take);

        text.Complete();
        if (summary.Settings.WindowFrames > 1)
        {
            var window = new WindowText(
                summary.Settings.WindowFrames, summary.Settings.Frames, clock, TimeColumns, columns, WindowText.MostByDefault);
            moments.ForEach(window.Take);
            foreach (string windowLine in window.Lines())
            {
                output.WriteLine(windowLine);
            }
        }
    }

    /// <summary>Writes the picture of a run as SVG.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="summary">The run, when it is over.</param>
    /// <param name="steps">The steps that were kept while it went on.</param>
    /// <param name="command">The command that makes the picture again, as it is shown.</param>
    public static void WriteSvg(TextWriter output, LabSummary summary, PictureSteps steps, string command) =>
        SvgLadder.Write(output, Of(summary, steps, command));

    /// <summary>Writes a page with the picture of a run, which needs nothing but itself.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="summary">The run, when it is over.</param>
    /// <param name="steps">The steps that were kept while it went on.</param>
    /// <param name="command">The command that makes the page again, as it is shown.</param>
    public static void WriteHtml(TextWriter output, LabSummary summary, PictureSteps steps, string command) =>
        HtmlLadder.Write(output, Of(summary, steps, command));

    /// <summary>Writes the first 800 steps of a run as a Mermaid diagram.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="summary">The run, when it is over.</param>
    /// <param name="steps">The steps that were kept while it went on.</param>
    /// <param name="command">The command that makes the diagram again, as it is shown.</param>
    public static void WriteMermaid(TextWriter output, LabSummary summary, PictureSteps steps, string command) =>
        MermaidLadder.Write(output, Of(summary, steps.First(MermaidLadder.MostSteps), command));

    /// <summary>Puts the picture of a run together.</summary>
    /// <param name="summary">The run, when it is over.</param>
    /// <param name="steps">The steps that were kept while it went on.</param>
    /// <param name="command">The command that makes the picture again, as it is shown.</param>
    /// <param name="isToScale">Whether time is in proportion throughout.</param>
    internal static LadderPicture Of(LabSummary summary, PictureSteps steps, string command, bool isToScale = false)
    {
        LabSettings settings = summary.Settings;
        string[] experiment = [.. LabWords.Experiment(settings)];
        LadderClock clock = LadderClock.Showing(summary.Theory.Link.FrameSeconds);
        var explanation = new LadderExplanation(settings.Strategy, settings.WindowFrames, settings.Frames, clock, int.MaxValue, 0);
        return new LadderPicture
        {
            Heading = experiment[0],
            Remarks =
            [
                .. experiment[1..],
                .. NumbersOf(settings),
                $"theory: {LabWords.Form(summary.Theory, settings)}",
                .. summary.Theory.Broken.Select(static broken => "but " + LabWords.Broken(broken)),
            ],
            Command = command,
            Facts = [.. FactsOf(summary)],
            Steps = steps,
            Clock = clock,
            Explain = moment => (explanation.Seen(moment), explanation.Hidden(moment)),
            WindowFrames = settings.WindowFrames,
            Frames = settings.Frames,
            IsToScale = isToScale,
        };
    }

    private static IEnumerable<string> NumbersOf(LabSettings settings) =>
        SequenceNumbers.Of(settings) is { } numbers ? ["frame numbers " + LabWords.Numbers(numbers, settings)] : [];

    private static IEnumerable<(string Name, string Value)> FactsOf(LabSummary summary)
    {
        LabTally tally = summary.Tally;
        yield return ("time", Text($"{summary.ElapsedNanoseconds / NsPerMillisecond:#,##0.###} ms"));
        yield return ("efficiency", Text($"{summary.Efficiency * 100:0.0000} %"));
        yield return ("theory", Text($"{summary.Theory.Efficiency * 100:0.0000} %"));
        yield return ("textbook", Text($"{summary.Theory.TextbookEfficiency * 100:0.0000} %"));
        if (summary.Ratio is double ratio)
        {
            yield return ("measured / theory", Text($"{ratio:0.0000}"));
        }

        yield return ("goodput", Quantity.Rate(summary.Goodput));
        yield return ("frames", Text($"{tally.FramesSent:#,##0} of {summary.Settings.FrameSize:#,##0} bytes"));
        yield return ("transmissions", Text($"{tally.Transmissions:#,##0}, {tally.Retransmissions:#,##0} of them again"));
        yield return ("lost", Text($"{tally.FramesLost:#,##0} frames, {tally.AcknowledgementsLost:#,##0} ACKs"));
        if (tally.FramesDamaged + tally.AcknowledgementsDamaged > 0)
        {
            yield return ("damaged", Text($"{tally.FramesDamaged:#,##0} frames, {tally.AcknowledgementsDamaged:#,##0} ACKs"));
        }

        if (tally.DuplicatedByLink > 0)
        {
            yield return ("doubled by the link", Text($"{tally.DuplicatedByLink:#,##0}"));
        }

        yield return ("duplicates dropped", Text($"{tally.DuplicatesDropped:#,##0}"));
        if (tally.OutOfOrderDropped > 0)
        {
            yield return ("out of order, dropped", Text($"{tally.OutOfOrderDropped:#,##0}"));
        }

        if (summary.Mistakes is { } mistakes)
        {
            yield return ("mistaken", Text($"{mistakes.Frames:#,##0} frames, {mistakes.Acknowledgements:#,##0} ACKs"));
        }

        if (summary.Outcome != LabOutcome.Finished)
        {
            yield return ("outcome", "given up");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
