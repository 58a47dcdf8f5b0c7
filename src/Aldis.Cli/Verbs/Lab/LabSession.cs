using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>One run of the laboratory with its outputs.</summary>
internal sealed class LabSession
{
    private const int EventsAtOnce = 20_000;
    private const int FlushFrom = 32 * 1024;

    private readonly StringBuilder _text = new();
    private readonly VerbContext _context;
    private readonly LabSettings _settings;
    private readonly LabShow _show;
    private readonly JsonEvents? _events;
    private readonly RepetitionReasons _reasons = new();

    private LabSession(VerbContext context, LabSettings settings, LabShow show, JsonEvents? events)
    {
        _context = context;
        _settings = settings;
        _show = show;
        _events = events;
        if (events is not null)
        {
            events.HeldBytes = FlushFrom;
        }
    }

    /// <summary>Runs, shows, judges.</summary>
    /// <param name="context">Where to write.</param>
    /// <param name="settings">The experiment.</param>
    /// <param name="show">What is shown of it.</param>
    /// <param name="file">The file that is sent, or null.</param>
    /// <param name="events">Takes objects instead of text, or null.</param>
    /// <returns>The exit code.</returns>
    public static int Run(VerbContext context, LabSettings settings, LabShow show, FilePayload? file, JsonEvents? events) =>
        new LabSession(context, settings, show, events).Run(file);

    private int Run(FilePayload? file)
    {
        var pattern = new PatternPayload();
        LadderEvents? json = _events is null ? null : new LadderEvents(_events);
        LadderText? text = _show.HasText ? StartText() : null;
        WindowText? window = _show.HasText && _settings.WindowFrames > 1 ? StartWindow() : null;
        var moments = new LadderMoments(moment =>
        {
            json?.Take(moment);
            text?.Take(moment);
            window?.Take(moment);
        });
        LadderFork outputs = new(new ILadderOutput?[] { _reasons, moments, _show.Pictures?.Steps }.OfType<ILadderOutput>());
        LadderBuilder ladder = _settings.LadderTo(outputs);
        var run = new LabRun(_settings, (ILabPayload?)file ?? pattern, ladder);
        while (run.Advance(EventsAtOnce))
        {
            _context.Interruption.ThrowIfCancellationRequested();
        }

        ladder.Complete(run.NowNanoseconds);
        moments.Complete();
        text?.Complete();
        foreach (string line in window?.Lines() ?? [])
        {
            WriteLine(line);
        }

        LabSummary summary = LabSummary.Of(_settings, run);
        _events?.Write("summary", writer => LabReport.Write(writer, summary, _reasons));
        if (_show.HasTable)
        {
            WriteTable(summary, isFirst: _show.IsQuiet);
        }

        _show.Pictures?.Write(_context, summary);

        return Judge(summary, file, file is null ? pattern.IsIntact : file.FirstDifference is null);
    }

    private LadderText StartText()
    {
        LabTheory theory = LabTheory.For(_settings);
        int width = _context.Console.OutputColumns;
        LadderClock clock = LadderClock.Showing(theory.Link.FrameSeconds);
        var line = new LadderLine(width, TimeWidth(theory, clock), clock, new LadderPaint(_context.Console.UseOutputColor));
        WriteExperiment();
        WriteLegend();
        bool namesMore = _settings is { Strategy: ArqMode.SelectiveRepeat, Answers: AnswerKind.Selective };
        WriteWrapped("#n is a transmission; " + (_settings.Answers == AnswerKind.Individual
            ? "ACK of n says that frame n arrived"
            : "ACK n says that every frame before n arrived" + (namesMore ? ", +m that m did too" : string.Empty)));
        if (_settings.SequenceBits is int bits)
        {
            WriteWrapped($"(n) is the number that a frame or ACK carries, {LabWords.Bits(bits)}");
        }

        WriteLine(string.Empty);
        WriteLine(line.Heading());
        LadderExplanation? explanation = _show.Explains
            ? new LadderExplanation(_settings.Strategy, _settings.WindowFrames, _settings.Frames, clock, width, line.Indent) : null;
        LadderTextLimits limits = _show.ShowsAll ? LadderTextLimits.None : LadderTextLimits.For(_settings.Frames);
        return new LadderText(WriteLine, line, clock, limits, explanation);
    }

    private WindowText StartWindow()
    {
        LabTheory theory = LabTheory.For(_settings);
        LadderClock clock = LadderClock.Showing(theory.Link.FrameSeconds);
        int most = _show.ShowsAll ? WindowText.Most : WindowText.MostByDefault;
        return new WindowText(
            _settings.WindowFrames, _settings.Frames, clock, TimeWidth(theory, clock), _context.Console.OutputColumns, most);
    }

    /// <summary>Room for the times of a run that takes twice as long as predicted.</summary>
    private int TimeWidth(LabTheory theory, LadderClock clock)
    {
        const int Least = 8;
        const int Most = 13;
        const double Longest = 3e9;
        double rate = theory.Efficiency * _settings.BitsPerSecond;
        double seconds = rate > 0 ? Math.Min(Longest, 2 * _settings.PayloadBytes * 8 / rate) : 0;
        return Math.Clamp(clock.Text((long)(seconds * 1e9)).Length, Least, Most);
    }

    private void WriteExperiment()
    {
        foreach (string sentence in LabWords.Experiment(_settings))
        {
            WriteWrapped(sentence);
        }
    }

    private void WriteLegend()
    {
        const string Legend = "─ first  ═ again  ┄ doubled by the link  ~ damaged  ╳ lost  ● why it goes again";
        if (Legend.Length <= _context.Console.OutputColumns)
        {
            WriteLine(Legend);
            return;
        }

        WriteWrapped(Legend.Replace("  ", "\n", StringComparison.Ordinal).Replace(' ', '\u00A0').Replace('\n', ' '));
    }

    private void WriteWrapped(string sentence)
    {
        foreach (string line in WrappedText.Lines(sentence, _context.Console.OutputColumns))
        {
            WriteLine(line);
        }
    }

    private void WriteTable(LabSummary summary, bool isFirst)
    {
        if (isFirst)
        {
            WriteExperiment();
        }

        WriteLine(string.Empty);
        foreach (string row in LabReport.Table(summary, _reasons, _context.Console.OutputColumns))
        {
            WriteLine(row);
        }

        Flush();
    }

    private int Judge(LabSummary summary, FilePayload? file, bool isIntact)
    {
        string progress = string.Create(
            CultureInfo.InvariantCulture, $"{summary.AcknowledgedBytes:#,##0} of {_settings.PayloadBytes:#,##0} bytes were acknowledged");
        switch (summary.Outcome)
        {
            case LabOutcome.GaveUp:
                return _context.Report(_events, ExitCode.Timeout, $"Given up: nothing was acknowledged for too long; {progress}.");
            case LabOutcome.OutOfTime:
                return _context.Report(_events, ExitCode.Timeout, $"Given up after a century of virtual time; {progress}.");
            default:
                break;
        }

        if (summary.Mistakes is { Any: true } mistakes && (!isIntact || summary.DeliveredBytes != _settings.PayloadBytes))
        {
            return _context.Report(_events, ExitCode.IntegrityMismatch, LabWords.Wrong(mistakes, summary));
        }

        if (!isIntact)
        {
            string where = file?.FirstDifference is long at
                ? string.Create(CultureInfo.InvariantCulture, $" from byte {at} on") : string.Empty;
            return _context.Report(_events, ExitCode.IntegrityMismatch, $"What arrived differs from what was sent{where}.");
        }

        if (file is not null && _show.HasTable)
        {
            WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  what arrived is what was sent: {file.Delivered:#,##0} bytes, compared"));
            Flush();
        }

        return ExitCode.Confirmed;
    }

    private void WriteLine(string line)
    {
        _text.Append(line).Append('\n');
        if (_text.Length >= FlushFrom)
        {
            Flush();
        }
    }

    private void Flush()
    {
        _context.Console.WriteText(_text.ToString());
        _text.Clear();
    }
}
