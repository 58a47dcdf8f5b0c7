using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Draws a step as one line: the time at the sender's axis, the arrow, the time at the receiver's axis, and what became of it. A lost
/// arrow ends half-way.
/// </summary>
internal sealed class LadderLine
{
    private const int NarrowNote = 18;
    private const int WideNote = 26;
    private const int WideFrom = 110;
    private const int LeastArrow = 24;
    private const int LongestArrow = 64;

    private readonly LadderClock _clock;
    private readonly LadderPaint _paint;
    private readonly TraceSide _left;
    private readonly int _width;
    private readonly int _timeWidth;
    private readonly int _arrowWidth;

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
        int note = width >= WideFrom ? WideNote : NarrowNote;
        _arrowWidth = Math.Clamp(width - (2 * timeWidth) - note - 6, LeastArrow, LongestArrow);
    }

    /// <summary>Where text under a line begins.</summary>
    public int Indent => _timeWidth + 3;

    /// <summary>The line over the first: who is where.</summary>
    /// <param name="left">The name of the left axis.</param>
    /// <param name="right">The name of the right axis.</param>
    public string Heading(string left = "sender", string right = "receiver")
    {
        string names = left.PadRight(_arrowWidth - right.Length + 2) + right;
        return "ms".PadLeft(_timeWidth) + " " + _paint.Strong(names) + " " + "ms".PadLeft(_timeWidth);
    }

    /// <summary>An arrow.</summary>
    public string Arrow(LadderStep step)
    {
        bool isRightwards = step.Side == _left;
        long leftTime = isRightwards ? step.DepartureNanoseconds : step.ArrivalNanoseconds;
        long rightTime = isRightwards ? step.ArrivalNanoseconds : step.DepartureNanoseconds;
        string arrow = isRightwards ? Rightwards(step) : Leftwards(step);
        string line = Time(leftTime) + " " + Axis(isRightwards ? "├" : "│") + Painted(step, arrow)
            + Axis(isRightwards ? "│" : "┤") + " " + Time(rightTime);
        string note = LadderWords.Note(step);
        return note.Length == 0 ? line : line + "  " + PaintedNote(step, note);
    }

    /// <summary>Something that happens at the left axis alone.</summary>
    /// <param name="timeNanoseconds">When.</param>
    /// <param name="text">What.</param>
    /// <param name="aside">What else there is to know, on a line of its own if it does not fit; may be empty.</param>
    public IEnumerable<string> Mark(long timeNanoseconds, string text, string aside = "")
    {
        string whole = aside.Length == 0 ? text : $"{text} ({aside})";
        bool fits = _timeWidth + 3 + whole.Length <= _width || aside.Length == 0;
        yield return Time(timeNanoseconds) + " " + _paint.Reason("● " + (fits ? whole : text));
        if (!fits)
        {
            yield return new string(' ', _timeWidth + 3) + _paint.Reason($"({aside})");
        }
    }

    /// <summary>What was left out.</summary>
    public string Gap(string text) => new string(' ', _timeWidth) + " " + _paint.Quiet("┊ " + text);

    private string Rightwards(LadderStep step)
    {
        char stroke = Stroke(step);
        string label = Label(step);
        string start = $"{stroke} {label} ";
        bool isCut = step.Fate is LadderFate.Lost or LadderFate.GivenUp;
        int end = isCut ? Math.Max(start.Length + 2, _arrowWidth * 2 / 3) : _arrowWidth;
        string arrow = start + new string(stroke, Math.Max(0, end - start.Length - 1)) + (isCut ? '╳' : '▶');
        return arrow.PadRight(_arrowWidth);
    }

    private string Leftwards(LadderStep step)
    {
        char stroke = Stroke(step);
        string label = Label(step);
        string start = $" {label} {stroke}";
        bool isCut = step.Fate == LadderFate.Lost;
        int end = isCut ? Math.Max(start.Length + 2, _arrowWidth * 2 / 3) : _arrowWidth;
        string arrow = (isCut ? '╳' : '◀') + new string(stroke, Math.Max(0, end - start.Length - 1)) + start;
        return arrow.PadLeft(_arrowWidth);
    }

    private string Label(LadderStep step)
    {
        int room = _arrowWidth - 6;
        string label = LadderWords.Label(step);
        label = label.Length <= room ? label : LadderWords.ShortLabel(step);
        return label.Length <= room ? label : label[..(room - 1)] + "…";
    }

    private static char Stroke(LadderStep step) => step switch
    {
        { Fate: LadderFate.Damaged } => '~',
        { IsLinkCopy: true } => '┄',
        { Transmission: > 1 } => '═',
        _ => '─',
    };

    private string Painted(LadderStep step, string arrow) => step switch
    {
        { Fate: LadderFate.Lost or LadderFate.Damaged or LadderFate.GivenUp } => _paint.Bad(arrow),
        { IsLinkCopy: true } => _paint.Quiet(arrow),
        { Transmission: > 1 } => _paint.Again(arrow),
        _ => arrow,
    };

    private string PaintedNote(LadderStep step, string note) =>
        step.Fate is LadderFate.Lost or LadderFate.Damaged or LadderFate.GivenUp ? _paint.Bad(note) : _paint.Quiet(note);

    private string Axis(string axis) => _paint.Quiet(axis);

    private string Time(long nanoseconds) =>
        _paint.Quiet((nanoseconds < 0 ? string.Empty : _clock.Text(nanoseconds)).PadLeft(_timeWidth));
}
