using System.Globalization;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Draws a ladder as a picture: two lifelines, an arrow for each transmission in two halves, its departure and its arrival, labels beside
/// the lifelines where nothing crosses them, and the sender's window below. Each part belongs to one moment and to one side (or the link,
/// which alone knows what it loses), and explains itself where the mouse rests on it.
/// </summary>
internal sealed class SvgLadder
{
    /// <summary>Room above the first instant for the names of the sides.</summary>
    public const double Top = 46;

    private const double LabelGap = 10;
    private const double LabelGapToScale = 40;
    private const double NarrowGapToScale = 16;
    private const double Bottom = 46;

    private readonly LadderPicture _picture;
    private readonly LadderGeometry _geometry;
    private readonly LadderLayout _layout;
    private readonly SvgWindow? _window;

    private SvgLadder(LadderPicture picture, LadderGeometry geometry)
    {
        _picture = picture;
        _geometry = geometry;
        Moments = LadderMoments.Of(picture.Steps.Kept);
        _layout = new LadderLayout(Moments, new LadderLabels(picture.Clock, geometry.IsNarrow), picture.IsToScale);
        _window = geometry.IsNarrow || picture.WindowFrames == 1 ? null : new SvgWindow(picture, Moments, geometry);
    }

    /// <summary>Every moment of the picture, in order; parts are marked with its place in this list.</summary>
    public IReadOnlyList<LadderMoment> Moments { get; }

    /// <summary>Height of the ladder with everything below it.</summary>
    public double Height => WindowTop + (_window?.Height ?? 0);

    /// <summary>Positions of labels on the picture: a page should not end there.</summary>
    public IEnumerable<double> LabelledPositions => _layout.Instants
        .SelectMany(static instant => new[]
        {
            (Y: instant.ClientLabelY, Rows: instant.ClientRows), (Y: instant.ServerLabelY, Rows: instant.ServerRows),
        })
        .Where(static side => side.Rows.Count > 0)
        .SelectMany(static side => new[] { side.Y, side.Y + LadderLayout.Depth(side.Rows) })
        .Select(static y => y + Top)
        .Concat(_window?.RowPositions.Select(y => y + WindowTop) ?? []);

    private double WindowTop => Top + _layout.Height + Bottom;

    /// <summary>Lays a ladder out.</summary>
    /// <param name="picture">What it shows.</param>
    /// <param name="geometry">How wide it is.</param>
    public static SvgLadder Of(LadderPicture picture, LadderGeometry geometry) => new(picture, geometry);

    /// <summary>Writes a picture that stands alone: heading, command, table, legend, ladder.</summary>
    public static void Write(TextWriter output, LadderPicture picture)
    {
        SvgLadder ladder = Of(picture, LadderGeometry.Wide);
        double width = ladder._geometry.Width;
        using var svg = new SvgWriter(output);
        var header = new SvgHeader(svg, width, ladder._geometry.Margin);
        double top = SvgHeader.HeightOf(picture, width);
        ladder.StartPicture(svg, top + ladder.Height, "aldis");
        svg.Style(PageResource.PictureStyle());
        svg.Element("rect", ("width", "100%"), ("height", "100%"), ("class", "paper"));
        header.Write(picture);
        svg.Start("g", ("transform", $"translate(0 {SvgWriter.Number(top)})"));
        ladder.WriteLadder(svg, [.. ladder.Moments.Select(ladder.TitleOf)]);
        svg.End();
        svg.End();
        svg.NewLine();
    }

    /// <summary>Writes the ladder alone, for a page that has its own heading and explains its parts itself.</summary>
    /// <param name="output">The page.</param>
    /// <param name="id">The name of the ladder on the page.</param>
    public void WriteInside(TextWriter output, string id)
    {
        using var svg = new SvgWriter(output);
        StartPicture(svg, Height, "aldis " + id);
        svg.Start("g", ("id", id), ("class", "aldis")); // copies of it on paper carry their style along
        WriteLadder(svg, titles: null);
        svg.End();
        svg.End();
    }

    /// <summary>Whom a part belongs to: c for the client, s for the server, l for the link.</summary>
    public static string OwnerOf(LadderMoment moment) => moment.Side switch
    {
        TraceSide.Client => "c",
        TraceSide.Server => "s",
        _ => "l",
    };

    private void StartPicture(SvgWriter svg, double height, string cssClass)
    {
        string width = SvgWriter.Number(_geometry.Width);
        string size = SvgWriter.Number(height);
        svg.Start("svg", ("viewBox", $"0 0 {width} {size}"), ("width", width), ("height", size), ("class", cssClass), ("role", "img"));
        svg.NewLine();
        svg.TextElement("title", _picture.Heading);
        svg.NewLine();
    }

    private void WriteLadder(SvgWriter svg, string[]? titles)
    {
        svg.Label(_geometry.Client, 20, "side middle", _geometry.IsNarrow ? Short(_picture.Sides.Client) : _picture.Sides.Client);
        svg.Label(_geometry.Server, 20, "side middle", _geometry.IsNarrow ? Short(_picture.Sides.Server) : _picture.Sides.Server);
        svg.Label(_geometry.Margin, 20, "quiet small", "ms");
        svg.Label(_geometry.Width - _geometry.Margin, 20, "quiet small end", "ms");
        svg.NewLine();
        (double Y, string Text)[] ticks = [.. TicksToScale()];
        foreach ((double y, _) in ticks)
        {
            svg.Line(_geometry.Client, y, _geometry.Server, y, "rule");
        }

        WriteLifelines(svg);
        foreach ((int index, LadderMoment moment) in Moments.Index().Where(static m => m.Item.Kind != LadderMomentKind.Loss))
        {
            WriteMoment(svg, moment, index, titles?[index]);
        }

        foreach ((int index, LadderMoment moment) in Moments.Index().Where(static m => m.Item.Kind == LadderMomentKind.Loss))
        {
            WriteMoment(svg, moment, index, titles?[index]); // where nothing else is drawn over it
        }

        foreach ((double y, string text) in ticks)
        {
            svg.Label((_geometry.Client + _geometry.Server) / 2, y - 3, "quiet small middle over", text);
        }

        foreach (LadderLayout.Instant instant in _layout.Instants)
        {
            WriteLabels(svg, instant, instant.ClientRows, isClient: true);
            WriteLabels(svg, instant, instant.ServerRows, isClient: false);
        }

        string end = _picture.Steps.LeftOutSentence is string leftOut && !_geometry.IsNarrow ? leftOut
            : _picture.Steps.LeftOut > 0 ? "more is left out" : "end of the run";
        svg.Label((_geometry.Client + _geometry.Server) / 2, Top + _layout.Height + 32, "quiet small middle whole", end);
        svg.NewLine();
        if (_window is not null)
        {
            svg.Start("g", ("class", "whole"), ("transform", $"translate(0 {SvgWriter.Number(WindowTop)})"));
            _window.Write(svg);
            svg.End();
        }
    }

    /// <summary>Without what stands in brackets.</summary>
    private static string Short(string side) => side.Split(" (")[0];

    private void WriteLifelines(SvgWriter svg)
    {
        double from = 28;
        double to = 28;
        foreach (LadderLayout.Instant instant in _layout.Instants)
        {
            double y = instant.Y + Top;
            if (instant.IsShortened)
            {
                Lifelines(from, to, "life");
                Lifelines(to, y, "life waiting");
                from = y;
            }

            to = y;
        }

        Lifelines(from, to + 16, "life");
        svg.NewLine();

        void Lifelines(double y1, double y2, string cssClass)
        {
            if (y2 > y1)
            {
                svg.Line(_geometry.Client, y1, _geometry.Client, y2, cssClass);
                svg.Line(_geometry.Server, y1, _geometry.Server, y2, cssClass);
            }
        }
    }

    /// <summary>Where time is to scale, heights of round times.</summary>
    private IEnumerable<(double Y, string Text)> TicksToScale()
    {
        const double LeastDistance = 60;
        const double NsPerMillisecond = 1e6;
        if (_layout.Scale == 0)
        {
            return [];
        }

        double zero = _layout.Instants[0].Time / NsPerMillisecond;
        double end = _layout.Instants[^1].Time / NsPerMillisecond;
        AxisTicks ticks = AxisTicks.Even(zero, Math.Max(end, zero + 1e-6), Math.Max(1, (int)(_layout.Height / LeastDistance)));
        return ticks.Values.Where(tick => tick <= end)
            .Select(tick => (Top + ((tick - zero) * NsPerMillisecond * _layout.Scale), ticks.Text(tick)));
    }

    private void WriteMoment(SvgWriter svg, LadderMoment moment, int index, string? title)
    {
        LadderStep step = moment.Step;
        if (!step.IsArrow)
        {
            if (step.Kind == LadderStepKind.TimerFired && LadderWords.IsShown(moment))
            {
                Start(svg, "mark", index, moment, title);
                double x = step.Side == TraceSide.Client ? _geometry.Client : _geometry.Server;
                SvgHeader.WriteClock(svg, x, Top + _layout.At(step.TimeNanoseconds).Y);
                svg.End();
                svg.NewLine();
            }

            return;
        }

        bool isFromClient = step.Side == TraceSide.Client;
        ArrowShape shape = ArrowShape.Of(step);
        double departure = Top + _layout.At(_layout.Departure(step)).Y;
        double arrival = Top + _layout.At(_layout.Arrival(step)).Y;
        (double X, double Y) from = (isFromClient ? _geometry.Client + 1 : _geometry.Server - 1, departure);
        (double X, double Y) to = (isFromClient ? _geometry.Server - 1 : _geometry.Client + 1, arrival);
        switch (moment.Kind)
        {
            case LadderMomentKind.Departure:
                Start(svg, "step " + shape.CssClass, index, moment, title);
                shape = shape with { HasRing = shape.HasRing && !IsTimerAt(step.TimeNanoseconds, step.Side) };
                WriteHalf(svg, title is null, isDeparture: true, (start, end) => SvgArrow.DrawDeparture(svg, shape, start, end), from, to);
                break;
            case LadderMomentKind.Arrival:
                if (step.IsLinkCopy)
                {
                    WriteMade(svg, shape, index, from, to);
                }

                Start(svg, "arrival " + shape.CssClass, index, moment, title);
                WriteHalf(svg, title is null, isDeparture: false, (start, end) => SvgArrow.DrawArrival(svg, shape, start, end), from, to);
                break;
            default:
                Start(svg, "loss", index, moment, title);
                SvgArrow.DrawLoss(svg, from, to);
                (double x, double y) = SvgArrow.BesideCross(from, to);
                svg.Label(x, y, isFromClient ? "fate over" : "fate over end", "lost");
                break;
        }

        svg.End();
        svg.NewLine();
    }

    /// <summary>Half of an arrow; on a page also as its side sees it, who does not know how long it is on its way: always with the same
    /// slope.</summary>
    private static void WriteHalf(
        SvgWriter svg,
        bool hasStub,
        bool isDeparture,
        Action<(double X, double Y), (double X, double Y)> draw,
        (double X, double Y) from,
        (double X, double Y) to)
    {
        if (!hasStub)
        {
            draw(from, to);
            return;
        }

        const double Share = 0.6;
        const double Fall = 16;
        svg.Start("g", ("class", "real"));
        draw(from, to);
        svg.End();
        svg.Start("g", ("class", "stub"));
        double across = (to.X - from.X) * Share;
        draw(isDeparture ? from : (to.X - across, to.Y - Fall), isDeparture ? (from.X + across, from.Y + Fall) : to);
        svg.End();
    }

    /// <summary>The first half of a copy that the link made: nobody but the link has it.</summary>
    private static void WriteMade(SvgWriter svg, ArrowShape shape, int index, (double X, double Y) from, (double X, double Y) to)
    {
        svg.Start("g", ("class", $"made {shape.CssClass} l"), ("data-m", index.ToString(CultureInfo.InvariantCulture)));
        SvgArrow.DrawDeparture(svg, shape, from, to);
        svg.End();
        svg.NewLine();
    }

    /// <summary>Whether a clock already marks the beginning of an arrow.</summary>
    private bool IsTimerAt(long time, TraceSide side) => _layout.At(time).OfSide(side).Exists(
        static here => here.Moment.Step.Kind == LadderStepKind.TimerFired && LadderWords.IsShown(here.Moment));

    private static void Start(SvgWriter svg, string cssClass, int index, LadderMoment moment, string? title)
    {
        LadderStep step = moment.Step;
        string number = index.ToString(CultureInfo.InvariantCulture);
        string frame = step.Kind == LadderStepKind.Frame ? step.Frame.ToString(CultureInfo.InvariantCulture) : "ack";
        svg.Start("g", ("class", $"{cssClass} {OwnerOf(moment)}"), ("data-m", number), ("data-f", frame));
        if (title is not null)
        {
            svg.TextElement("title", title);
        }
    }

    /// <summary>A moment in a line, and in sentences.</summary>
    private string TitleOf(LadderMoment moment)
    {
        string aside = LadderWords.Aside(moment);
        string line = $"{_picture.Clock.WithUnit(moment.TimeNanoseconds)} · {LadderWords.Line(moment)}"
            + (aside.Length == 0 ? string.Empty : $" ({aside})");
        (string seen, string hidden) = _picture.Explain(moment);
        string explained = $"{seen} {hidden}".Trim();
        return explained.Length == 0 ? line : $"{line}\n{explained}";
    }

    private void WriteLabels(SvgWriter svg, LadderLayout.Instant instant, IReadOnlyList<LadderLabels.Row> rows, bool isClient)
    {
        if (rows.Count == 0)
        {
            return;
        }

        double y = Top + (isClient ? instant.ClientLabelY : instant.ServerLabelY) + 4;
        string owner = isClient ? "c" : "s";
        double gap = _layout.Scale == 0 ? LabelGap : _geometry.IsNarrow ? NarrowGapToScale : LabelGapToScale;
        double x = isClient ? _geometry.Client - gap : _geometry.Server + gap;
        if (_layout.Scale > 0)
        {
            double lifeline = isClient ? _geometry.Client : _geometry.Server;
            svg.Element(
                "path",
                ("d", $"M{SvgWriter.Number(lifeline)} {SvgWriter.Number(Top + instant.Y)}L{SvgWriter.Number(isClient ? x + 3 : x - 3)} "
                    + SvgWriter.Number(y - 4)),
                ("class", "leader " + owner),
                ("data-m", Index(rows[0].Tokens[0])));
        }

        if (!_geometry.IsNarrow)
        {
            svg.TextElement(
                "text",
                _picture.Clock.Text(instant.Time),
                ("x", SvgWriter.Number(isClient ? _geometry.Margin : _geometry.Width - _geometry.Margin)),
                ("y", SvgWriter.Number(y)),
                ("class", $"quiet {owner}{(isClient ? string.Empty : " end")}"),
                ("data-m", Index(rows[0].Tokens[0])));
        }

        for (int i = 0; i < rows.Count; i++)
        {
            y += i == 0 ? 0 : LadderLayout.Below(rows[i]);
            string size = rows[i].IsSmall || _geometry.IsNarrow ? " small" : string.Empty;
            string cssClass = owner + size + (isClient ? " end" : string.Empty);
            svg.Start("text", ("x", SvgWriter.Number(x)), ("y", SvgWriter.Number(y)), ("class", cssClass));
            foreach (LadderLabels.Token token in rows[i].Tokens)
            {
                svg.TextElement("tspan", token.Text, ("class", token.CssClass), ("data-m", Index(token)));
            }

            svg.End();
        }

        svg.NewLine();
    }

    private static string Index(LadderLabels.Token token) => token.Index.ToString(CultureInfo.InvariantCulture);
}
