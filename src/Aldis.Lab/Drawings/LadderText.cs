using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Writes a ladder as lines of text while it happens, a line for each moment. Repetition is folded: where nothing goes wrong for long, one
/// line stands for all of it, with some moments around what does go wrong; and beyond a number of lines, one line stands for many frames.
/// Holds a few moments only.
/// </summary>
internal sealed class LadderText
{
    private const int Context = 6; // quiet moments shown before and after what is worth seeing
    private const int LeastFolded = 8;
    private const int LastShown = 16;

    private readonly Queue<LadderMoment> _quiet = new();
    private readonly Queue<LadderMoment> _last = new();
    private readonly Action<string> _write;
    private readonly LadderLine _line;
    private readonly LadderClock _clock;
    private readonly LadderExplanation? _explanation;
    private readonly LadderTextLimits _limits;
    private LadderBlock _folded;
    private LadderBlock _block;
    private LadderStep? _timer;
    private int _quietShown;
    private int _lines;
    private long _unfoldedFrames;

    /// <param name="write">Takes each line, without its end.</param>
    /// <param name="line">How a moment is drawn.</param>
    /// <param name="clock">How times are written.</param>
    /// <param name="limits">How much is shown.</param>
    /// <param name="explanation">What is said under each line, or null for nothing.</param>
    public LadderText(
        Action<string> write, LadderLine line, LadderClock clock, LadderTextLimits limits, LadderExplanation? explanation = null)
    {
        _write = write;
        _line = line;
        _clock = clock;
        _limits = limits;
        _explanation = explanation;
    }

    private bool IsBeyondLines => _limits.Lines > 0 && _lines >= _limits.Lines;

    /// <summary>Takes the next moment.</summary>
    /// <param name="moment">Not before the one that was taken last.</param>
    public void Take(LadderMoment moment)
    {
        if (!LadderWords.IsShown(moment) || (moment.Kind == LadderMomentKind.Departure && moment.Step.IsLost))
        {
            return; // the frame that goes again says it, and the loss says both
        }

        if (IsBeyondLines)
        {
            Summarize(moment);
        }
        else if (!_limits.Folds || !IsQuiet(moment))
        {
            Unfold();
            _quietShown = 0;
            Show(moment);
        }
        else if (_quietShown < Context)
        {
            _quietShown++;
            Show(moment);
        }
        else
        {
            Fold(moment);
        }
    }

    /// <summary>Writes what is held: the ladder is over.</summary>
    public void Complete()
    {
        Unfold();
        if (_block.Moments == 0)
        {
            return;
        }

        if (_block.Moments > _last.Count)
        {
            WriteLines(_line.LeftOut(_block.Text()).Concat(_line.LeftOut("and at the end:")));
        }

        foreach (LadderMoment moment in _last)
        {
            Write(moment);
        }
    }

    /// <summary>Nothing that anybody would point at: first copies that leave and arrive in order, and their acknowledgements.</summary>
    private static bool IsQuiet(LadderMoment moment)
    {
        LadderStep step = moment.Step;
        bool isArrow = !step.IsLinkCopy && step.Transmission == 1
            && step.Kind is LadderStepKind.Frame or LadderStepKind.Acknowledgement;
        return isArrow && moment.Kind switch
        {
            LadderMomentKind.Departure => true,
            LadderMomentKind.Arrival => step.Fate == LadderFate.Arrived && step.TakenFor < 0
                && step.Reception is LadderReception.InOrder or LadderReception.Progress,
            _ => false,
        };
    }

    private void Fold(LadderMoment moment)
    {
        _quiet.Enqueue(moment);
        if (_quiet.Count > Context + LeastFolded)
        {
            _folded.Add(_quiet.Dequeue());
            while (_folded.Moments > 0 && _quiet.Count > Context)
            {
                _folded.Add(_quiet.Dequeue());
            }
        }
    }

    private void Unfold()
    {
        if (_folded.Moments > 0)
        {
            WriteLines(_line.LeftOut(_folded.Text()));
            _folded = default;
        }

        while (_quiet.TryDequeue(out LadderMoment moment))
        {
            Show(moment);
        }
    }

    private void Show(LadderMoment moment)
    {
        if (IsBeyondLines)
        {
            Summarize(moment);
        }
        else
        {
            Write(moment);
        }
    }

    private void Summarize(LadderMoment moment)
    {
        _block.Add(moment);
        _last.Enqueue(moment);
        if (_last.Count > LastShown)
        {
            _last.Dequeue();
        }

        bool isNewFrame = moment is { Kind: not LadderMomentKind.Arrival, Step: { Kind: LadderStepKind.Frame, Transmission: 1 } };
        if (isNewFrame && ++_unfoldedFrames % _limits.FramesPerBlock == 0)
        {
            WriteLines(_line.LeftOut(_block.Text()));
            _block = default;
        }
    }

    private void Write(LadderMoment moment)
    {
        LadderStep step = moment.Step;
        if (step.Kind == LadderStepKind.TimerFired)
        {
            _timer = step;
            return;
        }

        if (step.IsRepetition && moment.Kind != LadderMomentKind.Arrival)
        {
            WriteReason(step);
        }

        FlushTimer();
        if (step.IsArrow)
        {
            WriteLines(_line.Arrow(moment));
            Explain(moment);
        }
        else
        {
            WriteLines(_line.Mark(step.TimeNanoseconds, LadderWords.Line(moment)));
        }
    }

    /// <summary>A timer gives one reason for all that goes again; a loss that was noticed otherwise, one for each frame.</summary>
    private void WriteReason(LadderStep step)
    {
        bool isByTimer = step.Cause is TraceCause.Timeout or TraceCause.ProbeTimeout or TraceCause.GoBackRewind;
        if (isByTimer && _timer is null)
        {
            return;
        }

        _timer = null;
        WriteLines(_line.Mark(step.TimeNanoseconds, LadderWords.Reason(step, _clock), LadderWords.Truth(step)));
    }

    private void FlushTimer()
    {
        if (_timer is { } timer)
        {
            _timer = null;
            WriteLines(_line.Mark(timer.TimeNanoseconds, "time-out"));
        }
    }

    private void Explain(LadderMoment moment)
    {
        if (_explanation is null)
        {
            return;
        }

        foreach (string line in _explanation.Paragraph(moment))
        {
            _write(line);
        }

        _write(string.Empty);
    }

    private void WriteLines(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            WriteLine(line);
        }
    }

    private void WriteLine(string line)
    {
        _lines++;
        _write(line);
    }
}
