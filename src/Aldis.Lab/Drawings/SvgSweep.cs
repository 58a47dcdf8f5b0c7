using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Draws a sweep: for each strategy the closed form as a curve (for selective repeat the area between its edges) and the measurements as
/// markers. Strategies differ in form as well as in colour, and are named where their curve ends.
/// </summary>
public sealed class SvgSweep
{
    private const double Width = 980;
    private const double Left = 72;
    private const double Right = 826;
    private const double PlotHeight = 420;
    private const double Margin = 16;
    private const int CurvePoints = 160;
    private const int WalkedCurvePoints = 24; // each is computed for longer than a whole curve of a closed form

    private static readonly (ArqMode Strategy, string CssClass, string Name)[] Series =
    [
        (ArqMode.SelectiveRepeat, "sr", "selective repeat"),
        (ArqMode.GoBackN, "gbn", "go-back-N"),
        (ArqMode.StopAndWait, "saw", "stop-and-wait"),
    ];

    private readonly SvgWriter _svg;
    private readonly LabSweep _sweep;
    private readonly IReadOnlyList<SweepPoint> _points;
    private readonly double _top;
    private readonly double _highest;

    private SvgSweep(SvgWriter svg, LabSweep sweep, IReadOnlyList<SweepPoint> points, double top)
    {
        _svg = svg;
        _sweep = sweep;
        _points = points;
        _top = top;
        double most = points.Max(static p => Math.Max(p.Summary.Efficiency, p.Summary.Theory.Efficiency)) * 100;
        _highest = AxisTicks.Even(0, Math.Max(most, 1e-6) * 1.04).End;
    }

    private double Bottom => _top + PlotHeight;

    /// <summary>Writes the picture.</summary>
    public static void Write(TextWriter output, LabSweep sweep, IReadOnlyList<SweepPoint> points, string command)
    {
        using var svg = new SvgWriter(output);
        string[] lines = [.. WrappedText.Lines(command, 128)];
        double top = 128 + (17 * lines.Length);
        var picture = new SvgSweep(svg, sweep, points, top);
        string height = SvgWriter.Number(top + PlotHeight + 66);
        string width = SvgWriter.Number(Width);
        string heading = $"Efficiency over {SweepWords.Name(sweep.Parameter).Replace('-', ' ')}: measured, and what theory says";
        svg.Start("svg", ("viewBox", $"0 0 {width} {height}"), ("width", width), ("height", height), ("class", "aldis"), ("role", "img"));
        svg.NewLine();
        svg.TextElement("title", heading);
        svg.Style(PageResource.PictureStyle("sweep"));
        svg.Element("rect", ("width", "100%"), ("height", "100%"), ("class", "paper"));
        svg.Label(Margin, 34, "heading", heading);
        picture.WriteRemarks(lines);
        picture.WriteAxes();
        foreach ((ArqMode strategy, string cssClass, _) in Series)
        {
            picture.WriteTheory(strategy, cssClass);
        }

        foreach ((ArqMode strategy, string cssClass, string name) in Series)
        {
            picture.WritePoints(strategy, cssClass, name);
        }

        picture.WriteNames();
        svg.End();
        svg.NewLine();
    }

    private void WriteRemarks(string[] command)
    {
        _svg.Label(Margin, 57, string.Empty, SweepWords.Same(_sweep));
        double y = 78;
        foreach (string line in command)
        {
            _svg.Label(Margin, y, "command", line);
            y += 17;
        }

        y += 4;
        _svg.Start("g", ("class", "sr"));
        WriteMarker(ArqMode.SelectiveRepeat, Left + 4, y - 4);
        _svg.End();
        _svg.Start("g", ("class", "gbn"));
        WriteMarker(ArqMode.GoBackN, Left + 20, y - 4);
        _svg.End();
        _svg.Start("g", ("class", "saw"));
        WriteMarker(ArqMode.StopAndWait, Left + 36, y - 4);
        _svg.Label(Left + 48, y, "small", "measured");
        _svg.Line(Left + 120, y - 4, Left + 160, y - 4, "curve");
        _svg.End();
        _svg.Label(Left + 168, y, "small", "theory, with the timers used; that of selective repeat is within 6 %");
        _svg.NewLine();
    }

    private void WriteAxes()
    {
        AxisTicks vertical = AxisTicks.Even(0, _highest);
        foreach (double tick in vertical.Values)
        {
            double y = Y(tick / 100);
            _svg.Line(Left, y, Right, y, "rule");
            _svg.Label(Left - 8, y + 4, "end", vertical.Text(tick) + " %");
        }

        double from = SweepWords.InAxisUnit(_sweep.Parameter, _sweep.From);
        double to = SweepWords.InAxisUnit(_sweep.Parameter, _sweep.To);
        AxisTicks horizontal = _sweep.IsLogarithmic
            ? AxisTicks.Factors(from, to, [.. _sweep.Values.Select(v => SweepWords.InAxisUnit(_sweep.Parameter, v))])
            : AxisTicks.Even(from, to);
        foreach (double tick in horizontal.Values.Where(t => t >= from - 1e-9 && t <= to + 1e-9))
        {
            double x = XInAxisUnit(tick);
            _svg.Line(x, Bottom, x, Bottom + 5, "life");
            _svg.Label(x, Bottom + 20, "middle", horizontal.Text(tick));
        }

        _svg.Line(Left, Bottom, Right, Bottom, "life");
        _svg.Line(Left, _top, Left, Bottom, "life");
        _svg.Label((Left + Right) / 2, Bottom + 44, "side middle", SweepWords.Axis(_sweep));
        _svg.Label(Margin, _top - 14, "side", "efficiency: payload bits / (time × rate)");
        _svg.NewLine();
    }

    private void WriteTheory(ArqMode strategy, string cssClass)
    {
        bool isWalked = _points.Any(p => p.Summary.Settings.Strategy == strategy && p.Summary.Theory.Form == LabTheoryForm.GoBackNWalk);
        IReadOnlyList<double> values = _sweep.CurveValues(isWalked ? WalkedCurvePoints : CurvePoints);
        LabTheory[] theories = [.. values.Select(value => LabTheory.For(_sweep.At(strategy, value)))];
        _svg.Start("g", ("class", cssClass));
        _svg.Path(Line(values.Zip(theories, (value, theory) => (X(value), Y(theory.Efficiency)))), "curve");
        _svg.End();
        _svg.NewLine();
    }

    private void WritePoints(ArqMode strategy, string cssClass, string name)
    {
        foreach (SweepPoint point in _points.Where(p => p.Summary.Settings.Strategy == strategy))
        {
            string value = SweepWords.Value(_sweep.Parameter, point.Value);
            LabTheory theory = point.Summary.Theory;
            string predicted = Text($"{theory.Efficiency * 100:0.000} %");
            _svg.Start("g", ("class", "point " + cssClass));
            string measured = Text($"measured {point.Summary.Efficiency * 100:0.000} %");
            _svg.TextElement("title", $"{name}, {SweepWords.Name(_sweep.Parameter)} {value}: {measured}, theory {predicted}");
            WriteMarker(strategy, X(point.Value), Y(point.Summary.Efficiency));
            _svg.End();
            _svg.NewLine();
        }
    }

    private void WriteMarker(ArqMode strategy, double x, double y)
    {
        switch (strategy)
        {
            case ArqMode.StopAndWait:
                _svg.Element("circle", ("cx", SvgWriter.Number(x)), ("cy", SvgWriter.Number(y)), ("r", "4.5"), ("class", "marker"));
                break;
            case ArqMode.GoBackN:
                _svg.Path($"M{SvgWriter.Number(x - 4)} {SvgWriter.Number(y - 4)}h8v8h-8Z", "marker");
                break;
            default:
                _svg.Path($"M{SvgWriter.Number(x)} {SvgWriter.Number(y - 5.5)}l5.2 9h-10.4Z", "marker");
                break;
        }
    }

    /// <summary>Each strategy's name where its last point is; names that would touch are moved apart.</summary>
    private void WriteNames()
    {
        const double Distance = 16;
        double lowest = double.NegativeInfinity;
        var ends = Series
            .Select(series => (series.CssClass, series.Name, _points.Last(p => p.Summary.Settings.Strategy == series.Strategy).Summary))
            .Select(end => (end.CssClass, end.Name, Y: Y(end.Summary.Efficiency)))
            .OrderBy(static end => end.Y)
            .ToList();
        double overflow = Math.Max(0, ends[^1].Y + 4 - Bottom);
        foreach ((string cssClass, string name, double end) in ends)
        {
            double room = Bottom - overflow - (Distance * (ends.Count - 1 - ends.FindIndex(e => e.Name == name)));
            double y = Math.Max(lowest + Distance, Math.Min(end + 4, room));
            _svg.Label(Right + 12, y, "name " + cssClass, name);
            lowest = y;
        }

        _svg.NewLine();
    }

    private double X(double value) => XInAxisUnit(SweepWords.InAxisUnit(_sweep.Parameter, value));

    private double XInAxisUnit(double value)
    {
        double from = SweepWords.InAxisUnit(_sweep.Parameter, _sweep.From);
        double to = SweepWords.InAxisUnit(_sweep.Parameter, _sweep.To);
        double share = _sweep.IsLogarithmic ? Math.Log(value / from) / Math.Log(to / from) : (value - from) / (to - from);
        return Left + (share * (Right - Left));
    }

    private double Y(double efficiency) => Bottom - (efficiency * 100 / _highest * PlotHeight);

    private static string Line(IEnumerable<(double X, double Y)> points) =>
        "M" + string.Join('L', points.Select(static p => $"{SvgWriter.Number(p.X)} {SvgWriter.Number(p.Y)}"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
