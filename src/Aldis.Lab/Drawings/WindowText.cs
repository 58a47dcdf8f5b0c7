using System.Globalization;
using System.Text;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Writes the sender's window through time as lines of text, below a ladder: a line for each instant in which something happened to it, a
/// sign for each frame. Holds the first lines, and counts the rest.
/// </summary>
internal sealed class WindowText
{
    /// <summary>Lines that are kept unless all is asked for.</summary>
    public const int MostByDefault = 24;

    /// <summary>Lines that are kept at most.</summary>
    public const int Most = 1000;

    private const int EventWidth = 16;
    private const int OriginWidth = 9;
    private const int LeastCells = 8;
    private const int Gap = 2;
    private const int RulerStep = 5;

    private readonly List<WindowRow> _rows = [];
    private readonly WindowRecorder _recorder;
    private readonly LadderClock _clock;
    private readonly int _width;
    private readonly int _timeWidth;
    private readonly int _most;
    private readonly bool _hasOneOrigin;
    private long _leftOut;

    /// <param name="windowFrames">Frames that may be unacknowledged.</param>
    /// <param name="frames">Frames in all.</param>
    /// <param name="clock">How times are written.</param>
    /// <param name="timeWidth">Columns of a time.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="most">Lines that are kept.</param>
    public WindowText(int windowFrames, long frames, LadderClock clock, int timeWidth, int width, int most)
    {
        int room = Math.Max(LeastCells, width - timeWidth - 1 - Gap - EventWidth);
        _hasOneOrigin = frames <= room;
        int cells = _hasOneOrigin ? (int)frames : Math.Max(LeastCells, room - OriginWidth);
        _recorder = new WindowRecorder(windowFrames, frames, cells);
        _clock = clock;
        _timeWidth = timeWidth;
        _width = width;
        _most = most;
    }

    /// <summary>Takes the next moment.</summary>
    /// <param name="moment">Not before the one taken last.</param>
    public void Take(LadderMoment moment) => Keep(_recorder.Take(moment));

    /// <summary>The lines, when the run is over; none if nothing happened to the window.</summary>
    public IEnumerable<string> Lines()
    {
        Keep(_recorder.Complete());
        if (_rows.Count == 0)
        {
            yield break;
        }

        yield return string.Empty;
        string legend = $"the sender's window: {Sign(SenderKnowledge.Acknowledged)} acknowledged, {Sign(SenderKnowledge.Out)} out, "
            + $"{Sign(SenderKnowledge.Free)} may be sent, {Sign(SenderKnowledge.NotYet)} not yet allowed";
        foreach (string line in WrappedText.Lines(legend, _width))
        {
            yield return line;
        }

        yield return ("ms".PadLeft(_timeWidth) + " " + (_hasOneOrigin ? Ruler() : "frames")).TrimEnd();
        foreach (WindowRow row in _rows)
        {
            string origin = _hasOneOrigin ? string.Empty : (Number(row.Origin) + "…").PadRight(OriginWidth);
            string strip = string.Concat(row.Strip.Select(Sign));
            yield return $"{_clock.Text(row.TimeNanoseconds).PadLeft(_timeWidth)} {origin}{strip}{new string(' ', Gap)}{row.Event}";
        }

        if (_leftOut > 0)
        {
            yield return new string(' ', _timeWidth) + $" ┊ {Number(_leftOut)} more times";
        }
    }

    private static char Sign(char letter) => letter switch
    {
        SenderKnowledge.Acknowledged => '█',
        SenderKnowledge.Out => '▒',
        SenderKnowledge.Free => '░',
        _ => '·',
    };

    /// <summary>The numbers of every fifth frame.</summary>
    private string Ruler()
    {
        var ruler = new StringBuilder();
        for (int frame = 0; frame < _rows[0].Strip.Length; frame += RulerStep)
        {
            ruler.Append(Number(frame).PadRight(RulerStep));
        }

        return ruler.ToString();
    }

    private void Keep(WindowRow? row)
    {
        if (row is not null && _rows.Count < _most)
        {
            _rows.Add(row);
        }
        else if (row is not null)
        {
            _leftOut++;
        }
    }

    private static string Number(long number) => number.ToString("#,##0", CultureInfo.InvariantCulture);
}
