using Aldis.Lab.Ladder;
using Aldis.Protocols.Text;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Draws a moment as one line: the time, and between the two axes the half of an arrow that leaves one of them or reaches the other, so
/// that no line shows what is not yet known. What is lost ends half-way.
/// </summary>
internal sealed class LadderLine
{
    private const int NarrowNote = 20;
    private const int WideNote = 26;
    private const int WideFrom = 110;
    private const int LeastArrow = 26;
    private const int LongestArrow = 64;
    private const int Axes = 2;
    private const int Gap = 2;

    private readonly LadderClock _clock;
    private readonly LadderPaint _paint;
    private readonly TraceSide _left;
    private readonly int _width;
    private readonly int _timeWidth;
    private readonly int _arrowWidth;
    private readonly bool _hasNotesBeside;

    /// <param name="width">Columns of the terminal.</param>
    /// <param name="timeWidth">Columns of a time.</param>
    /// <param name="clock">How times are written.</param>
    /// <param name="paint">Colours.</param>
    /// <param name="left">Whose axis is on the left: the sender of the frames.</param>
    public LadderLine(int width, int timeWidth, LadderClock clock, LadderPaint paint, TraceSide left = TraceSide.Client)
    {
        _clock = clock;
        _paint = paint;
        _left = left;
        _timeWidth = timeWidth;
        _width = width;
        int note = Gap + (width >= WideFrom ? WideNote : NarrowNote);
        int room = width - timeWidth - 1 - Axes;
        _hasNotesBeside = room - note >= LeastArrow;
        _arrowWidth = Math.Clamp(_hasNotesBeside ? room - note : room, LeastArrow, LongestArrow);
    }

    /// <summary>Where text under a line begins.</summary>
    public int Indent => _timeWidth + 3;

    /// <summary>The line over the first: who is where.</summary>
    /// <param name="left">The name of the left axis.</param>
    /// <param name="right">The name of the right axis.</param>
    public string Heading(string left = "sender", string right = "receiver")
    {
        string names = left.PadRight(_arrowWidth - right.Length + Axes) + right;
        return "ms".PadLeft(_timeWidth) + " " + _paint.Strong(names);
    }

    /// <summary>The half of an arrow, and what happens to it: a line, or two where there is no room for that beside it.</summary>
    /// <param name="moment">A departure, a loss or an arrival. A loss is drawn as the departure that it follows.</param>
    public IEnumerable<string> Arrow(LadderMoment moment)
    {
        LadderStep step = moment.Step;
        bool isArrival = moment.Kind == LadderMomentKind.Arrival;
        bool isLeft = step.Side == _left != isArrival;
        string half = Half(moment, isLeft);
        string arrow = isLeft ? half.PadRight(_arrowWidth) : half.PadLeft(_arrowWidth);
        string line = Time(moment.TimeNanoseconds) + " " + Axis(isLeft && !isArrival ? "├" : "│") + Painted(moment, arrow)
            + Axis(isLeft || isArrival ? "│" : "┤");
        string note = LadderWords.Note(moment);
        if (note.Length == 0 || _hasNotesBeside)
        {
            yield return note.Length == 0 ? line : line + new string(' ', Gap) + PaintedNote(moment, note);
            yield break;
        }

        yield return line;
        string under = isLeft ? (' ' + note).PadRight(_arrowWidth) : (note + ' ').PadLeft(_arrowWidth);
        yield return new string(' ', _timeWidth + 1) + Axis("│") + PaintedNote(moment, under) + Axis("│");
    }

    /// <summary>Something that happens at the left axis alone.</summary>
    /// <param name="timeNanoseconds">When.</param>
    /// <param name="text">What.</param>
    /// <param name="aside">What else there is to know, on lines of its own if it does not fit; may be empty.</param>
    public IEnumerable<string> Mark(long timeNanoseconds, string text, string aside = "")
    {
        string whole = aside.Length == 0 ? text : $"{text} ({aside})";
        int room = _width - Indent;
        string[] parts = whole.Length <= room || aside.Length == 0 ? [whole] : [text, $"({aside})"];
        string start = Time(timeNanoseconds) + " " + _paint.Reason("● ");
        foreach (string line in parts.SelectMany(part => WrappedText.Lines(part, room)))
        {
            yield return start + _paint.Reason(line);
            start = new string(' ', Indent);
        }
    }

    /// <summary>What was left out.</summary>
    public IEnumerable<string> LeftOut(string text) => WrappedText.Lines(text, _width - Indent)
        .Select(line => new string(' ', _timeWidth) + " " + _paint.Quiet("┊ " + line));

    /// <summary>From the axis inwards: the end or the head, the label, the line, and where it goes on or is lost.</summary>
    private string Half(LadderMoment moment, bool isLeft)
    {
        bool isArrival = moment.Kind == LadderMomentKind.Arrival;
        char stroke = Stroke(moment);
        string near = (isArrival, isLeft) switch
        {
            (false, _) => $"{stroke}",
            (true, true) => $"◀{stroke}",
            (true, false) => $"{stroke}▶",
        };
        string far = moment.Kind == LadderMomentKind.Loss ? $"{stroke}╳" : $" {stroke} {stroke}";
        string label = $" {Label(moment)} ";
        int strokes = Math.Max(1, (_arrowWidth * 3 / 5) - near.Length - label.Length - far.Length);
        string line = new(stroke, strokes);
        return isLeft ? near + label + line + far : new string([.. far.Reverse()]) + line + label + near;
    }

    private string Label(LadderMoment moment)
    {
        const int Rest = 9; // the axis end, spaces, a stroke and what goes on
        int room = _arrowWidth - Rest;
        string label = moment.Kind == LadderMomentKind.Arrival ? LadderWords.ShortLabel(moment.Step) : LadderWords.Label(moment.Step);
        label = label.Length <= room ? label : LadderWords.ShortLabel(moment.Step);
        return label.Length <= room ? label : label[..(room - 1)] + "…";
    }

    private static char Stroke(LadderMoment moment) => moment.Step switch
    {
        { Fate: LadderFate.Damaged } when moment.Kind == LadderMomentKind.Arrival => '~',
        { IsLinkCopy: true } => '┄',
        { Transmission: > 1 } => '═',
        _ => '─',
    };

    private string Painted(LadderMoment moment, string arrow) => moment.Step switch
    {
        _ when IsBad(moment) => _paint.Bad(arrow),
        { IsLinkCopy: true } => _paint.Quiet(arrow),
        { Transmission: > 1 } => _paint.Again(arrow),
        _ => arrow,
    };

    private string PaintedNote(LadderMoment moment, string note) => IsBad(moment) ? _paint.Bad(note) : _paint.Quiet(note);

    private static bool IsBad(LadderMoment moment) => moment.Kind == LadderMomentKind.Loss
        || (moment.Kind == LadderMomentKind.Arrival && moment.Step.Fate == LadderFate.Damaged);

    private string Axis(string axis) => _paint.Quiet(axis);

    private string Time(long nanoseconds) => _paint.Quiet(_clock.Text(nanoseconds).PadLeft(_timeWidth));
}
