using Aldis.Lab.Ladder;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Drawings;

/// <summary>
/// Writes a ladder as lines of text while it happens. Repetition is folded: where nothing goes wrong for long, one line stands for all of
/// it, with some steps around what does go wrong; and beyond a number of lines, one line stands for many frames. Holds a few steps only.
/// </summary>
internal sealed class LadderText : ILadderOutput
{
    private const int Context = 4; // quiet steps shown before and after what is worth seeing
    private const int LeastFolded = 6;
    private const int LastShown = 10;

    private readonly Queue<LadderStep> _quiet = new();
    private readonly Queue<LadderStep> _last = new();
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
    /// <param name="line">How a step is drawn.</param>
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

    /// <inheritdoc/>
    public void Take(LadderStep step)
    {
        if (step.Kind == LadderStepKind.TimerFired && step.Cause is not (TraceCause.Timeout or TraceCause.ProbeTimeout))
        {
            return; // the frame that goes again says it
        }

        if (step.Kind == LadderStepKind.WronglyGivenUp)
        {
            return; // the repetition said that it was needless
        }

        if (IsBeyondLines)
        {
            Summarize(step);
        }
        else if (!_limits.Folds || !IsQuiet(step))
        {
            Unfold();
            _quietShown = 0;
            Show(step);
        }
        else if (_quietShown < Context)
        {
            _quietShown++;
            Show(step);
        }
        else
        {
            Fold(step);
        }
    }

    /// <summary>Writes what is held: the ladder is over.</summary>
    public void Complete()
    {
        Unfold();
        if (_block.Steps == 0)
        {
            return;
        }

        if (_block.Steps > _last.Count)
        {
            _write(_line.Gap(_block.Text()));
            _write(_line.Gap("and at the end:"));
        }

        foreach (LadderStep step in _last)
        {
            Write(step);
        }
    }

    /// <summary>Nothing that anybody would point at: first copies that arrive in order, and their acknowledgements.</summary>
    private static bool IsQuiet(LadderStep step) => !step.IsLinkCopy && step.Fate is (LadderFate.Arrived or LadderFate.Confirmed)
        && step.Kind switch
        {
            LadderStepKind.Frame => step.Transmission == 1 && step.Reception is (LadderReception.InOrder or LadderReception.None),
            LadderStepKind.Acknowledgement => step.Reception == LadderReception.Progress,
            _ => false,
        };

    private void Fold(LadderStep step)
    {
        _quiet.Enqueue(step);
        if (_quiet.Count > Context + LeastFolded)
        {
            _folded.Add(_quiet.Dequeue());
            while (_folded.Steps > 0 && _quiet.Count > Context)
            {
                _folded.Add(_quiet.Dequeue());
            }
        }
    }

    private void Unfold()
    {
        if (_folded.Steps > 0)
        {
            WriteLine(_line.Gap(_folded.Text()));
            _folded = default;
        }

        while (_quiet.TryDequeue(out LadderStep? step))
        {
            Show(step);
        }
    }

    private void Show(LadderStep step)
    {
        if (IsBeyondLines)
        {
            Summarize(step);
        }
        else
        {
            Write(step);
        }
    }

    private void Summarize(LadderStep step)
    {
        _block.Add(step);
        _last.Enqueue(step);
        if (_last.Count > LastShown)
        {
            _last.Dequeue();
        }

        bool isNewFrame = step is { Kind: LadderStepKind.Frame, Transmission: 1, IsLinkCopy: false };
        if (isNewFrame && ++_unfoldedFrames % _limits.FramesPerBlock == 0)
        {
            _write(_line.Gap(_block.Text()));
            _block = default;
        }
    }

    private void Write(LadderStep step)
    {
        switch (step.Kind)
        {
            case LadderStepKind.TimerFired:
                _timer = step;
                return;
            case LadderStepKind.Frame when step is { Transmission: > 1, IsLinkCopy: false }:
                WriteReason(step);
                break;
            default:
                break;
        }

        FlushTimer();
        if (step.IsArrow)
        {
            WriteLine(_line.Arrow(step));
            Explain(step);
        }
        else
        {
            string what = step.Kind == LadderStepKind.Ended ? "the connection ended" : "something arrived damaged";
            WriteLines(_line.Mark(step.TimeNanoseconds, what));
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

    private void Explain(LadderStep step)
    {
        if (_explanation is null)
        {
            return;
        }

        foreach (string line in _explanation.Paragraph(step))
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
