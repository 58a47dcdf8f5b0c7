using System.Globalization;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Draws a ladder as a picture: two lifelines, an arrow for each transmission, labels beside the lifelines where nothing crosses them. The
/// picture is complete without any program: each arrow explains itself where the mouse rests on it.
/// </summary>
internal sealed class SvgLadder
{
    /// <summary>Units of the picture, pixels at its natural size.</summary>
    public const double Width = 980;

    /// <summary>Room above the first moment for the names of the sides.</summary>
    public const double Top = 46;

    private const double Client = 372;
    private const double Server = 692;
    private const double Margin = 16;
    private const double LabelGap = 10;
    private const double Bottom = 46;

    private readonly LadderPicture _picture;
    private readonly LadderLayout _layout;

    private SvgLadder(LadderPicture picture)
    {
        _picture = picture;
        _layout = new LadderLayout(picture.Steps.Kept);
    }

    /// <summary>Height of the ladder.</summary>
    public double Height => Top + _layout.Height + Bottom;

    /// <summary>Moments with a label at either side, as positions on the picture: a page should not end there.</summary>
    public IEnumerable<double> LabelledPositions => _layout.Moments
        .Where(static moment => moment.Client.Count + moment.Server.Count > 0)
        .SelectMany(static moment => moment.ClientRows > 1 ? new[] { moment.Y, moment.Y + 15 } : [moment.Y])
        .Select(static y => y + Top);

    /// <summary>Lays a ladder out.</summary>
    public static SvgLadder Of(LadderPicture picture) => new(picture);

    /// <summary>Writes a picture that stands alone: heading, command, table, legend, ladder.</summary>
    public static void Write(TextWriter output, LadderPicture picture)
    {
        SvgLadder ladder = Of(picture);
        using var svg = new SvgWriter(output);
        var header = new SvgHeader(svg, Width, Margin);
        double top = SvgHeader.HeightOf(picture, Width);
        StartPicture(svg, top + ladder.Height, picture.Heading);
        svg.Style(PageResource.PictureStyle());
        svg.Element("rect", ("width", "100%"), ("height", "100%"), ("class", "paper"));
        header.Write(picture);
        svg.Start("g", ("transform", $"translate(0 {SvgWriter.Number(top)})"));
        ladder.WriteLadder(svg);
        svg.End();
        svg.End();
        svg.NewLine();
    }

    /// <summary>Writes the ladder alone, for a page that has its own heading.</summary>
    public void WriteInside(TextWriter output)
    {
        using var svg = new SvgWriter(output);
        StartPicture(svg, Height, _picture.Heading);
        svg.Start("g", ("id", "ladder"), ("class", "aldis")); // copies of it on paper carry their style along
        WriteLadder(svg);
        svg.End();
        svg.End();
    }

    private static void StartPicture(SvgWriter svg, double height, string heading)
    {
        string width = SvgWriter.Number(Width);
        string size = SvgWriter.Number(height);
        svg.Start("svg", ("viewBox", $"0 0 {width} {size}"), ("width", width), ("height", size), ("class", "aldis"), ("role", "img"));
        svg.NewLine();
        svg.TextElement("title", heading);
        svg.NewLine();
    }

    private void WriteLadder(SvgWriter svg)
    {
        svg.Label(Client, 20, "side middle", _picture.Sides.Client);
        svg.Label(Server, 20, "side middle", _picture.Sides.Server);
        svg.Label(Margin, 20, "quiet small", "ms");
        svg.Label(Width - Margin, 20, "quiet small end", "ms");
        svg.NewLine();
        WriteLifelines(svg);
        for (int i = 0; i < _picture.Steps.Kept.Count; i++)
        {
            if (_picture.Steps.Kept[i].IsArrow)
            {
                WriteArrow(svg, _picture.Steps.Kept[i], i);
            }
        }

        for (int i = 0; i < _picture.Steps.Kept.Count; i++)
        {
            if (_picture.Steps.Kept[i].Kind == LadderStepKind.TimerFired)
            {
                WriteTimer(svg, _picture.Steps.Kept[i], i);
            }
        }

        foreach (LadderLayout.Moment moment in _layout.Moments)
        {
            WriteLabels(svg, moment, moment.Client, TraceSide.Client);
            WriteLabels(svg, moment, moment.Server, TraceSide.Server);
        }

        double last = Top + _layout.Height + 32;
        svg.Label((Client + Server) / 2, last, "quiet small middle", _picture.Steps.LeftOutSentence ?? "end of the run");
        svg.NewLine();
    }

    private void WriteLifelines(SvgWriter svg)
    {
        double from = 28;
        double to = 28;
        foreach (LadderLayout.Moment moment in _layout.Moments)
        {
            double y = moment.Y + Top;
            if (moment.IsShortened)
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
                svg.Line(Client, y1, Client, y2, cssClass);
                svg.Line(Server, y1, Server, y2, cssClass);
            }
        }
    }

    private void WriteArrow(SvgWriter svg, LadderStep step, int index)
    {
        bool isFromClient = step.Side == TraceSide.Client;
        ArrowShape shape = ArrowShape.Of(step);
        double departure = Top + _layout.At(_layout.Departure(step)).Y;
        double arrival = Top + _layout.At(_layout.Arrival(step)).Y;
        (double X, double Y) from = (isFromClient ? Client + 1 : Server - 1, departure);
        (double X, double Y) to = (isFromClient ? Server - 1 : Client + 1, arrival);
        Start(svg, "step " + shape.CssClass, index, step);
        SvgArrow.Draw(svg, shape with { HasRing = shape.HasRing && !IsTimerAt(step.TimeNanoseconds, step.Side) }, from, to);
        if (shape.HasCross)
        {
            (double x, double y) = SvgArrow.BesideCross(from, to);
            svg.Label(x, y, isFromClient ? "fate over" : "fate over end", step.Fate == LadderFate.Lost ? "lost" : "given up");
        }

        svg.End();
        svg.NewLine();
    }

    private void WriteTimer(SvgWriter svg, LadderStep step, int index)
    {
        if (!IsShown(step))
        {
            return;
        }

        double x = step.Side == TraceSide.Client ? Client : Server;
        Start(svg, "step", index, step);
        SvgHeader.WriteClock(svg, x, Top + _layout.At(step.TimeNanoseconds).Y);
        svg.End();
        svg.NewLine();
    }

    /// <summary>Timers that repeat nothing and second thoughts are in the figures, not on the picture.</summary>
    internal static bool IsShown(LadderStep step) => step.Kind switch
    {
        LadderStepKind.TimerFired => step.Cause is TraceCause.Timeout or TraceCause.ProbeTimeout,
        LadderStepKind.WronglyGivenUp => false,
        _ => true,
    };

    /// <summary>Whether a clock already marks the beginning of an arrow.</summary>
    private bool IsTimerAt(long time, TraceSide side) =>
        _layout.At(time).OfSide(side).Exists(static label => label.Step.Kind == LadderStepKind.TimerFired && IsShown(label.Step));

    private void Start(SvgWriter svg, string cssClass, int index, LadderStep step)
    {
        string number = index.ToString(CultureInfo.InvariantCulture);
        string frame = step.Kind == LadderStepKind.Frame ? step.Frame.ToString(CultureInfo.InvariantCulture) : "ack";
        svg.Start("g", ("class", cssClass), ("data-s", number), ("data-f", frame));
        svg.TextElement("title", TitleOf(step));
    }

    /// <summary>A step in a line: what it is, and what became of it.</summary>
    internal static string LineOf(LadderStep step) => step.Kind switch
    {
        LadderStepKind.TimerFired => "time-out",
        LadderStepKind.Ended => "the connection ended",
        LadderStepKind.DamagedArrival => "damaged: dropped",
        _ => WithNote(LadderWords.Label(step), LadderWords.Note(step)),
    };

    /// <summary>A step in a line, and in sentences.</summary>
    private string TitleOf(LadderStep step)
    {
        string line = $"{_picture.Clock.WithUnit(step.TimeNanoseconds)} · {LineOf(step)}";
        string explained = _picture.Explain(step);
        return explained.Length == 0 ? line : $"{line}\n{explained}";
    }

    private void WriteLabels(SvgWriter svg, LadderLayout.Moment moment, List<LadderLabel> labels, TraceSide side)
    {
        List<LadderLabel> shown = [.. labels.Where(static label => IsShown(label.Step)).OrderBy(static label => label.Kind switch
        {
            LadderLabelKind.Arrival => 0,
            LadderLabelKind.Mark => 1,
            _ => 2,
        })];
        if (shown.Count > 1)
        {
            // A frame that goes again says that the timer fired.
            shown.RemoveAll(static label => label.Step.Kind == LadderStepKind.TimerFired);
        }

        if (shown.Count == 0)
        {
            return;
        }

        bool isClient = side == TraceSide.Client;
        double y = Top + moment.Y + 4;
        svg.Label(isClient ? Margin : Width - Margin, y, isClient ? "quiet" : "quiet end", _picture.Clock.Text(moment.Time));
        double x = isClient ? Client - LabelGap : Server + LabelGap;
        svg.Start("text", ("x", SvgWriter.Number(x)), ("y", SvgWriter.Number(y)), ("class", isClient ? "end" : string.Empty));
        for (int i = 0; i < shown.Count; i++)
        {
            if (i > 0)
            {
                bool isCaused = shown[i].Kind == LadderLabelKind.Departure && shown[i - 1].Step.Fate != LadderFate.Damaged;
                svg.Text(isCaused ? " → " : " · ");
            }

            WriteToken(svg, shown[i], isAnswered: i + 1 < shown.Count);
        }

        svg.End();
        foreach (LadderLabel repetition in shown.Where(static label => label.IsRepetition).Take(1))
        {
            svg.TextElement(
                "text",
                ReasonOf(repetition.Step),
                ("x", SvgWriter.Number(x)),
                ("y", SvgWriter.Number(y + 13)),
                ("class", isClient ? "small quiet end" : "small quiet"),
                ("data-s", repetition.Index.ToString(CultureInfo.InvariantCulture)));
        }

        svg.NewLine();
    }

    private static void WriteToken(SvgWriter svg, LadderLabel label, bool isAnswered)
    {
        LadderStep step = label.Step;
        (string text, string cssClass) = label.Kind switch
        {
            LadderLabelKind.Mark => (LineOf(step), step.Kind == LadderStepKind.TimerFired ? "again" : "bad"),
            LadderLabelKind.Departure => (LadderWords.Label(step), ArrowShape.ClassOf(step)),
            _ when step.Fate == LadderFate.Damaged => (LadderWords.Note(step), "bad"),
            _ when step.Kind == LadderStepKind.Frame => ArrivedFrame(step, isAnswered),
            _ => (LineOf(step), ArrowShape.ClassOf(step)),
        };
        svg.TextElement("tspan", text, ("class", cssClass), ("data-s", label.Index.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Short, where the acknowledgement beside it says which frame is missing.</summary>
    private static (string Text, string CssClass) ArrivedFrame(LadderStep step, bool isAnswered)
    {
        bool isBad = step.Reception is LadderReception.OutOfOrder or LadderReception.NoRoom;
        string note = (isAnswered, step.Reception) switch
        {
            (true, LadderReception.KeptAhead) => "kept",
            (true, LadderReception.Duplicate) => "had it",
            (true, LadderReception.OutOfOrder) => "dropped",
            _ => LadderWords.Note(step),
        };
        return (WithNote(LadderWords.Frame(step), note), isBad ? "bad" : string.Empty);
    }

    private static string WithNote(string text, string note) => note.Length == 0 ? text : $"{text}: {note}";

    private static string ReasonOf(LadderStep step)
    {
        string reason = step.Cause switch
        {
            TraceCause.Timeout when step.Frame > step.WindowStart => "goes back",
            TraceCause.Timeout => "time-out",
            TraceCause.GoBackRewind => "goes back",
            TraceCause.GapReport => "gap reported",
            TraceCause.PacketThreshold => "later frames answered",
            TraceCause.TimeThreshold => "answer overdue",
            TraceCause.ProbeTimeout => "no answer at all",
            TraceCause.PersistentCongestion => "no answer for long",
            _ => "again",
        };
        string truth = LadderWords.Truth(step);
        return truth.Length == 0 ? reason : $"{reason} ({truth})";
    }
}
