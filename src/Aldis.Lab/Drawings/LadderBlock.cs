using System.Globalization;
using System.Text;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Drawings;

/// <summary>Many moments in one line.</summary>
internal struct LadderBlock
{
    private const double NsPerSecond = 1e9;

    private long _firstFrame;
    private long _lastFrame;
    private long _newFrames;
    private long _repetitions;
    private long _framesLost;
    private long _acknowledgementsLost;
    private long _begin;
    private long _end;

    /// <summary>Moments it stands for.</summary>
    public long Moments { get; private set; }

    public void Add(LadderMoment moment)
    {
        if (Moments++ == 0)
        {
            _begin = moment.TimeNanoseconds;
        }

        _end = moment.TimeNanoseconds;
        LadderStep step = moment.Step;
        if (step.IsLinkCopy)
        {
            return;
        }

        bool isLost = moment.Kind == LadderMomentKind.Loss || (moment.Kind == LadderMomentKind.Arrival && step.Fate == LadderFate.Damaged);
        switch (step.Kind)
        {
            case LadderStepKind.Frame when moment.Kind == LadderMomentKind.Departure:
                AddFrame(step);
                break;
            case LadderStepKind.Frame:
                _framesLost += isLost ? 1 : 0;
                break;
            case LadderStepKind.Acknowledgement:
                _acknowledgementsLost += isLost ? 1 : 0;
                break;
            default:
                break;
        }
    }

    /// <summary>For example <c>frames 12 to 95, 8.48 s: nothing lost</c>.</summary>
    public readonly string Text()
    {
        var text = new StringBuilder();
        if (_newFrames > 0)
        {
            text.Append(_firstFrame == _lastFrame
                ? Invariant($"frame {_firstFrame:#,##0}, ")
                : Invariant($"frames {_firstFrame:#,##0} to {_lastFrame:#,##0}, "));
        }

        text.Append(LabWords.Seconds((_end - _begin) / NsPerSecond)).Append(": ");
        return text.Append(_repetitions + _framesLost + _acknowledgementsLost == 0
            ? "nothing lost"
            : Invariant($"{_framesLost:#,##0} lost, {_acknowledgementsLost:#,##0} ACKs lost, {_repetitions:#,##0} again")).ToString();
    }

    private void AddFrame(LadderStep step)
    {
        if (step.Transmission > 1)
        {
            _repetitions++;
            return;
        }

        _firstFrame = _newFrames++ == 0 ? step.Frame : _firstFrame;
        _lastFrame = step.Frame;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
