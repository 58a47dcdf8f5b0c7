using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>Makes a <see cref="WindowRow"/> of each instant in which something happened to the sender's window.</summary>
/// <param name="windowFrames">Frames that may be unacknowledged.</param>
/// <param name="frames">Frames in all.</param>
/// <param name="cells">Frames that a row has room for.</param>
internal sealed class WindowRecorder(int windowFrames, long frames, int cells)
{
    private readonly SenderKnowledge _sender = new(windowFrames, frames);
    private string _event = string.Empty;
    private long _time;

    /// <summary>The rows of a run that is over.</summary>
    /// <param name="moments">All moments in order.</param>
    public IEnumerable<WindowRow> RowsOf(IEnumerable<LadderMoment> moments)
    {
        foreach (LadderMoment moment in moments)
        {
            if (Take(moment) is { } row)
            {
                yield return row;
            }
        }

        if (Complete() is { } last)
        {
            yield return last;
        }
    }

    /// <summary>Takes the next moment.</summary>
    /// <param name="moment">Not before the one taken last.</param>
    /// <returns>The row of the instant before, if this one is later and something happened in that.</returns>
    public WindowRow? Take(LadderMoment moment)
    {
        WindowRow? row = moment.TimeNanoseconds > _time ? Complete() : null;
        _time = moment.TimeNanoseconds;
        bool wasFull = _sender.IsFull;
        bool hasChanged = _sender.Take(moment);
        if (moment is { Side: TraceSide.Client, Step.Kind: LadderStepKind.TimerFired } && LadderWords.IsShown(moment))
        {
            _event = "time-out";
        }
        else if (hasChanged && moment.Kind == LadderMomentKind.Arrival)
        {
            _event = LadderWords.ShortLabel(moment.Step);
        }
        else if (hasChanged && _sender.IsFull && !wasFull && _event.Length == 0)
        {
            _event = "full";
        }

        return row;
    }

    /// <summary>The row of the last instant, if something happened in it.</summary>
    public WindowRow? Complete()
    {
        if (_event.Length == 0)
        {
            return null;
        }

        var row = new WindowRow(_time, _sender.Origin(cells), _sender.Strip(cells), _event);
        _event = string.Empty;
        return row;
    }
}
