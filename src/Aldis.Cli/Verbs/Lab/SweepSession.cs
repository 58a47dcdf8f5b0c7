using System.Globalization;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary><c>aldis lab --sweep</c>: all three strategies over a range of one parameter, measured beside the theory.</summary>
internal sealed class SweepSession
{
    /// <summary>Frames of each point unless told otherwise: enough for chance to be smaller than a marker.</summary>
    public const long FramesByDefault = 3000;

    private const int EventsAtOnce = 20_000;
    private const long WindowsByDefault = 20;

    private static readonly ArqMode[] Strategies = [ArqMode.StopAndWait, ArqMode.GoBackN, ArqMode.SelectiveRepeat];

    private readonly VerbContext _context;
    private readonly LabSweep _sweep;

    private SweepSession(VerbContext context, LabSweep sweep)
    {
        _context = context;
        _sweep = sweep;
    }

    /// <summary>Measures and shows.</summary>
    /// <param name="context">Where to write.</param>
    /// <param name="basis">What stays the same.</param>
    /// <param name="specification">What varies, as <c>--sweep</c> takes it.</param>
    /// <param name="frames">Frames of each point, or null.</param>
    /// <param name="events">Takes an object for each point instead of a table, or null.</param>
    /// <param name="svgPath">Where a picture goes, or null.</param>
    /// <returns>The exit code.</returns>
    public static int Run(
        VerbContext context, LabSettings basis, string specification, long? frames, JsonEvents? events, string? svgPath)
    {
        LabSweep sweep = SweepSpecification.Read(specification, basis);
        double window = sweep.Parameter == SweepParameter.Window ? sweep.To : basis.WindowFrames;
        long enough = frames ?? Math.Clamp((long)(WindowsByDefault * window), FramesByDefault, LabSettings.MostFrames);
        sweep = sweep with { Basis = basis with { Frames = enough } };
        using var svg = TextFile.Open(svgPath);
        var session = new SweepSession(context, sweep);
        List<SweepPoint> points = session.Measure(events);
        if (events is null)
        {
            session.WriteTable(points);
        }

        string command = LabCommand.Of(sweep, specification);
        svg?.Write(writer => SvgSweep.Write(writer, sweep, points, command));
        return ExitCode.Confirmed;
    }

    private List<SweepPoint> Measure(JsonEvents? events)
    {
        var points = new List<SweepPoint>();
        foreach (double value in _sweep.Values)
        {
            foreach (ArqMode strategy in Strategies)
            {
                LabSettings settings = _sweep.At(strategy, value);
                var run = new LabRun(settings, new PatternPayload());
                while (run.Advance(EventsAtOnce))
                {
                    _context.Interruption.ThrowIfCancellationRequested();
                }

                var point = new SweepPoint(value, LabSummary.Of(settings, run));
                points.Add(point);
                events?.Write("point", writer => Write(writer, point));
            }
        }

        return points;
    }

    private void Write(Utf8JsonWriter writer, SweepPoint point)
    {
        LabSummary summary = point.Summary;
        writer.WriteString("strategy"u8, LabWords.Strategy(summary.Settings.Strategy));
        writer.WriteString("parameter"u8, SweepWords.Name(_sweep.Parameter));
        writer.WriteNumber(_sweep.Parameter == SweepParameter.Delay ? "value_ns"u8 : "value"u8, point.Value);
        writer.WriteString("outcome"u8, KebabName.Of(summary.Outcome));
        writer.WriteNumber("frames"u8, summary.Settings.Frames);
        writer.WriteNumber("transmissions"u8, summary.Tally.Transmissions);
        LabReport.WriteEfficiency(writer, summary);
    }

    private void WriteTable(List<SweepPoint> points)
    {
        var text = new StringBuilder();
        string experiment = $"efficiency over {SweepWords.Name(_sweep.Parameter)}: {SweepWords.Same(_sweep)}";
        foreach (string line in WrappedText.Lines(experiment, _context.Console.OutputColumns))
        {
            text.Append(line).Append('\n');
        }

        text.Append('\n');
        text.Append(Text($"{string.Empty,12}    {"stop-and-wait",-19}  {"go-back-n",-19}  selective-repeat\n"));
        text.Append(Text($"{SweepWords.Name(_sweep.Parameter),12}  {"measured",10}{"theory",10}"));
        text.Append(Text($" {"measured",10}{"theory",10} {"measured",10}{"theory",10}\n"));
        foreach (SweepPoint[] row in points.Chunk(Strategies.Length))
        {
            text.Append(Text($"{SweepWords.Value(_sweep.Parameter, row[0].Value),12} "));
            foreach (SweepPoint point in row)
            {
                LabTheory theory = point.Summary.Theory;
                text.Append(Text($" {Percent(point.Summary.Efficiency),10}{Percent(theory.Efficiency),10}"));
            }

            text.Append('\n');
        }

        text.Append("\nTheory reckons with the timers used; that of selective repeat is within 6 %.\n");
        foreach (LabAssumption broken in points.SelectMany(static p => p.Summary.Theory.Broken).Distinct().Order())
        {
            text.Append("But ").Append(LabWords.Broken(broken)).Append(".\n");
        }

        _context.Console.WriteText(text.ToString());
    }

    private static string Percent(double share) => Text($"{share * 100:0.000} %");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
