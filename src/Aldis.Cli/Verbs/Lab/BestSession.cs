using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary><c>aldis lab --best</c>: the frame size and window that carry most over the link, for each strategy.</summary>
internal static class BestSession
{
    private const int EventsAtOnce = 20_000;
    private const long FramesByDefault = 10_000;
    private const long WindowsMeasured = 20;
    private const double CloseEnough = 0.99;

    /// <summary>Finds, measures and shows.</summary>
    /// <param name="context">Where to write.</param>
    /// <param name="settings">The link.</param>
    /// <param name="frames">Frames of each measurement, or null.</param>
    /// <param name="events">Takes an object for each strategy instead of text, or null.</param>
    /// <returns>The exit code.</returns>
    public static int Run(VerbContext context, LabSettings settings, long? frames, JsonEvents? events)
    {
        if (settings.Loss + settings.Corrupt >= 1)
        {
            throw new UsageException("Nothing arrives over this link, so nothing is best.");
        }

        var found = new List<(BestChoice Choice, LabSummary Summary)>();
        foreach (ArqMode strategy in (ArqMode[])[ArqMode.StopAndWait, ArqMode.GoBackN, ArqMode.SelectiveRepeat])
        {
            BestChoice choice = BestChoice.For(settings, strategy);
            List<LabSummary> measured = [.. choice.Windows.Select(window => Measure(context, settings, choice, window, frames))];
            int best = BestChoice.SmallestWithin(
                [.. measured.Select(static m => (m.Settings.WindowFrames, m.Efficiency))], CloseEnough);
            found.Add((choice, measured[best]));
            events?.Write("best", writer =>
            {
                writer.WriteString("strategy"u8, LabWords.Strategy(strategy));
                writer.WriteNumber("frame_size"u8, choice.FrameSize);
                writer.WriteNumber("window"u8, measured[best].Settings.WindowFrames);
                writer.WriteNumber("bit_error_rate"u8, choice.BitErrorRate);
                writer.WriteNumber("loss"u8, choice.Link.FrameLoss);
                writer.WriteNumber("efficiency"u8, measured[best].Efficiency);
                writer.WriteNumber("theory"u8, choice.PredictedEfficiency);
            });
        }

        if (events is null)
        {
            context.Console.WriteText(Describe(settings, found));
        }

        return ExitCode.Confirmed;
    }

    private static LabSummary Measure(VerbContext context, LabSettings settings, BestChoice choice, int window, long? frames)
    {
        long enough = frames ?? Math.Clamp(WindowsMeasured * window, FramesByDefault, LabSettings.MostFrames);
        LabSettings experiment = choice.Experiment(settings, window, enough);
        var run = new LabRun(experiment, new PatternPayload());
        while (run.Advance(EventsAtOnce))
        {
            context.Interruption.ThrowIfCancellationRequested();
        }

        return LabSummary.Of(experiment, run);
    }

    private static string Describe(LabSettings settings, List<(BestChoice Choice, LabSummary Summary)> found)
    {
        var text = new StringBuilder();
        double loss = 1 - ((1 - settings.Loss) * (1 - settings.Corrupt));
        text.Append(Text($"link: {Quantity.Rate(settings.BitsPerSecond)}, {LabWords.Seconds(settings.DelayNanoseconds / 1e9)} one way; "));
        text.Append(Text($"{Quantity.Percentage(Math.Round(loss, 6))} of frames with {settings.FrameSize:#,##0} bytes are lost.\n"));
        double errors = found[0].Choice.BitErrorRate;
        text.Append(errors > 0
            ? Text($"Were that bit errors, one bit in {1 / errors:#,##0} would be wrong, and larger frames lost more often.\n\n")
            : "Where nothing is lost, the largest frame is the best.\n\n");
        text.Append("                     frame size    window    frames lost   theory     measured\n");
        foreach ((BestChoice choice, LabSummary summary) in found)
        {
            text.Append(Text($"{LabWords.Strategy(choice.Strategy),-18}{choice.FrameSize,11:#,##0} B"));
            text.Append(Text($"{summary.Settings.WindowFrames,10:#,##0}"));
            text.Append(Text($"{choice.Link.FrameLoss * 100,13:0.00} %{choice.PredictedEfficiency * 100,9:0.00} %"));
            text.Append(Text($"{summary.Efficiency * 100,11:0.00} %\n"));
        }

        (_, LabSummary best) = found.MaxBy(static f => f.Summary.Efficiency);
        text.Append("\nbest, and the command that shows it:\n  ").Append(LabCommand.Of(best.Settings with { Frames = 200 })).Append('\n');
        return text.ToString();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
