using System.Globalization;
using Aldis.Lab.Ladder;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Draws the sender's window through time, below a ladder: a row for each instant in which something happened to it, a cell for each frame.
/// What a cell is shows without colour too: acknowledged is filled, out is hatched, free is empty, not yet allowed is a dot.
/// </summary>
internal sealed class SvgWindow
{
    private const double RowHeight = 17;
    private const double Cell = 13;
    private const double WidestCell = 26;
    private const double Heading = 62;
    private const double TimeWidth = 78;
    private const double EventWidth = 130;
    private const int MostRows = 60;

    private static readonly (char Letter, string Text)[] Legend =
    [
        (SenderKnowledge.Acknowledged, "acknowledged"),
        (SenderKnowledge.Out, "out, not acknowledged"),
        (SenderKnowledge.Free, "may be sent"),
        (SenderKnowledge.NotYet, "not yet allowed"),
    ];

    private readonly LadderPicture _picture;
    private readonly LadderGeometry _geometry;
    private readonly List<WindowRow> _rows;
    private readonly double _cell;
    private readonly int _leftOut;

    /// <param name="picture">The run.</param>
    /// <param name="moments">Its moments.</param>
    /// <param name="geometry">How wide the picture is.</param>
    public SvgWindow(LadderPicture picture, IReadOnlyList<LadderMoment> moments, LadderGeometry geometry)
    {
        _picture = picture;
        _geometry = geometry;
        double room = geometry.Width - (2 * geometry.Margin) - TimeWidth - EventWidth;
        int cells = (int)Math.Min(picture.Frames, (long)(room / Cell));
        _cell = Math.Clamp(Math.Floor(room / cells), Cell, WidestCell);
        List<WindowRow> all = [.. new WindowRecorder(picture.WindowFrames, picture.Frames, cells).RowsOf(moments)];
        _rows = all.Count <= MostRows ? all : all[..MostRows];
        _leftOut = all.Count - _rows.Count;
    }

    /// <summary>Room that it takes.</summary>
    public double Height => _rows.Count == 0 ? 0 : Heading + ((_rows.Count + (_leftOut > 0 ? 1 : 0)) * RowHeight) + 16;

    /// <summary>Where its heading and rows stand.</summary>
    public IEnumerable<double> RowPositions =>
        [8, 20, Heading - 10, .. Enumerable.Range(0, _rows.Count).Select(static row => RowTop(row) + (Cell / 2))];

    /// <summary>Draws it.</summary>
    /// <param name="svg">Where, with its top at 0.</param>
    public void Write(SvgWriter svg)
    {
        if (_rows.Count == 0)
        {
            return;
        }

        double left = _geometry.Margin + TimeWidth;
        svg.Line(_geometry.Margin, 0, _geometry.Width - _geometry.Margin, 0, "rule");
        svg.Label(_geometry.Margin, 20, "side", "The sender's window");
        double x = left + 90;
        foreach ((char letter, string text) in Legend)
        {
            WriteCell(svg, x, 9, letter);
            svg.Label(x + _cell + 6, 20, "small", text);
            x += _cell + 140;
        }

        svg.NewLine();
        WriteNumbers(svg, left);
        for (int i = 0; i < _rows.Count; i++)
        {
            double y = RowTop(i);
            svg.Label(left - 10, y + 11, "quiet end", _picture.Clock.Text(_rows[i].TimeNanoseconds));
            for (int cell = 0; cell < _rows[i].Strip.Length; cell++)
            {
                WriteCell(svg, left + (cell * _cell), y, _rows[i].Strip[cell]);
            }

            double end = left + (_rows[i].Strip.Length * _cell) + 10;
            string origin = HasOneOrigin ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"from {_rows[i].Origin}: ");
            svg.Label(end, y + 11, "small quiet", origin + _rows[i].Event);
            svg.NewLine();
        }

        if (_leftOut > 0)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{_leftOut:#,##0} more times are left out");
            svg.Label(left, RowTop(_rows.Count) + 11, "small quiet", text);
        }
    }

    private bool HasOneOrigin => _rows[^1].Origin == _rows[0].Origin;

    private static double RowTop(int row) => Heading + (row * RowHeight);

    private void WriteNumbers(SvgWriter svg, double left)
    {
        if (!HasOneOrigin)
        {
            return;
        }

        int every = _cell >= 20 ? 1 : 5;
        for (int i = 0; i < _rows[0].Strip.Length; i += every)
        {
            string number = (_rows[0].Origin + i).ToString(CultureInfo.InvariantCulture);
            svg.Label(left + ((i + 0.5) * _cell) - 1, Heading - 6, "small quiet middle", number);
        }

        svg.NewLine();
    }

    private void WriteCell(SvgWriter svg, double x, double y, char letter)
    {
        string width = SvgWriter.Number(_cell - 2);
        if (letter == SenderKnowledge.NotYet)
        {
            string centre = SvgWriter.Number(x + ((_cell - 2) / 2));
            svg.Element("circle", ("cx", centre), ("cy", SvgWriter.Number(y + 6.5)), ("r", "1.2"), ("class", "cell N"));
            return;
        }

        svg.Element(
            "rect",
            ("x", SvgWriter.Number(x)),
            ("y", SvgWriter.Number(y)),
            ("width", width),
            ("height", "13"),
            ("class", "cell " + letter));
        if (letter == SenderKnowledge.Out)
        {
            double right = x + _cell - 2;
            svg.Path($"M{SvgWriter.Number(x)} {SvgWriter.Number(y + 13)}L{SvgWriter.Number(right)} {SvgWriter.Number(y)}", "hatch");
        }
    }
}
