using System.Globalization;
using System.Text;
using Aldis.Cli.Ladder;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Lab;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>The pictures of a run: collects its steps while it goes on, and writes what was asked for when it is over.</summary>
internal sealed class LabPictures
{
    private const double NsPerMillisecond = 1e6;

    private readonly LabSettings _settings;
    private readonly string _command;
    private readonly string? _svgPath;
    private readonly string? _htmlPath;

    /// <param name="settings">The experiment.</param>
    /// <param name="inputPath">The file that is sent, or null.</param>
    /// <param name="svgPath">Where the picture goes, or null.</param>
    /// <param name="htmlPath">Where the page goes, or null.</param>
    /// <param name="isMermaid">Whether a diagram goes to standard output instead of text.</param>
    public LabPictures(LabSettings settings, string? inputPath, string? svgPath, string? htmlPath, bool isMermaid)
    {
        _settings = settings;
        _command = LabCommand.Of(settings, inputPath);
        _svgPath = svgPath;
        _htmlPath = htmlPath;
        IsMermaid = isMermaid;
        bool isMermaidAlone = isMermaid && svgPath is null && htmlPath is null;
        Steps = new PictureSteps(isMermaidAlone ? MermaidLadder.MostSteps : PictureSteps.MostByDefault);
    }

    /// <summary>Takes the steps of the run.</summary>
    public PictureSteps Steps { get; }

    /// <summary>Whether a diagram takes the place of text on standard output.</summary>
    public bool IsMermaid { get; }

    /// <summary>Writes everything.</summary>
    /// <param name="context">Where standard output is.</param>
    /// <param name="summary">The run.</param>
    /// <exception cref="UsageException">A file cannot be written.</exception>
    public void Write(VerbContext context, LabSummary summary)
    {
        LadderPicture picture = PictureOf(summary);
        if (_svgPath is not null)
        {
            TextFile.Write(_svgPath, writer => SvgLadder.Write(writer, picture));
        }

        if (_htmlPath is not null)
        {
            TextFile.Write(_htmlPath, writer => HtmlLadder.Write(writer, picture));
        }

        if (IsMermaid)
        {
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            MermaidLadder.Write(text, picture with { Steps = Steps.First(MermaidLadder.MostSteps) });
            DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes(text.ToString()));
        }
    }

    private LadderPicture PictureOf(LabSummary summary)
    {
        string[] experiment = [.. LabWords.Experiment(_settings)];
        LadderClock clock = LadderClock.Showing(summary.Theory.Link.FrameSeconds);
        var explanation = new LadderExplanation(_settings.Strategy, _settings.WindowFrames, _settings.Frames, clock, int.MaxValue, 0);
        return new LadderPicture
        {
            Heading = experiment[0],
            Remarks =
            [
                .. experiment[1..],
                $"theory: {LabWords.Form(summary.Theory, _settings)}",
                .. summary.Theory.Broken.Select(static broken => "but " + LabWords.Broken(broken)),
            ],
            Command = _command,
            Facts = [.. FactsOf(summary)],
            Steps = Steps,
            Clock = clock,
            Explain = step => string.Join(' ', explanation.Paragraph(step).Select(static line => line.Trim())),
        };
    }

    private static IEnumerable<(string Name, string Value)> FactsOf(LabSummary summary)
    {
        LabTally tally = summary.Tally;
        yield return ("time", Text($"{summary.ElapsedNanoseconds / NsPerMillisecond:#,##0.###} ms"));
        yield return ("efficiency", Text($"{summary.Efficiency * 100:0.0000} %"));
        yield return ("theory", summary.Theory.LowerEfficiency is double lower
            ? Text($"{lower * 100:0.0000} to {summary.Theory.Efficiency * 100:0.0000} %")
            : Text($"{summary.Theory.Efficiency * 100:0.0000} %"));
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

        if (summary.Outcome != LabOutcome.Finished)
        {
            yield return ("outcome", "given up");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
