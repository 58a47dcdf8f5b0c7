using Aldis.Lab.Ladder;

namespace Aldis.Lab.Tests.Textbook;

/// <summary>
/// Stop-and-wait, go-back-N and selective repeat as a textbook describes them, on a link that loses: written apart from the engine, of
/// which nothing is used here. Frames are numbers, times nanoseconds. The sender has one frame at a time on its line; an acknowledgement
/// answers each frame that arrives, says how many are there without a gap and, for selective repeat, which others.
/// </summary>
internal sealed class TextbookSimulation(TextbookPoint point, int frames, int seed)
{
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<(Happening What, int Frame, int Count), (long TimeNs, int Order)> _events = new();
    private readonly long[] _sentNs = new long[frames];
    private readonly int[] _receptions = new int[frames]; // when each frame arrived first, counted in arrivals; 0: not yet
    private readonly bool[] _acknowledged = new bool[frames];
    private int _order;
    private int _base;
    private int _next;
    private int _highest;
    private int _expected;
    private int _arrivals;
    private long _lineIdleNs;
    private long _timerNs; // when the one timer started that acknowledgements start anew
    private long _replyIdleNs;

    private enum Happening
    {
        Nothing,
        FrameArrives,
        AcknowledgementArrives,
    }

    /// <summary>Runs to the last acknowledgement.</summary>
    /// <returns>When that is, in nanoseconds from the start of the first frame.</returns>
    public long Run()
    {
        Send(0);
        while (true)
        {
            _events.TryDequeue(out (Happening What, int Frame, int Count) happening, out (long TimeNs, int Order) when);
            switch (happening.What)
            {
                case Happening.FrameArrives:
                    Receive(happening.Frame, when.TimeNs);
                    break;
                case Happening.AcknowledgementArrives:
                    Acknowledge(happening.Frame, happening.Count, when.TimeNs);
                    break;
                default:
                    break;
            }

            if (_base == frames)
            {
                return when.TimeNs;
            }

            if (when.TimeNs >= _lineIdleNs)
            {
                Send(when.TimeNs);
            }
        }
    }

    private void Receive(int frame, long nowNs)
    {
        if (point.IsSelective || frame == _expected)
        {
            _receptions[frame] = _receptions[frame] == 0 ? ++_arrivals : _receptions[frame];
        }

        while (_expected < frames && _receptions[_expected] > 0)
        {
            _expected++;
        }

        _replyIdleNs = Math.Max(nowNs, _replyIdleNs) + point.ReplyNs;
        if (_random.NextDouble() >= point.ReplyLoss)
        {
            int said = point.Answers == AnswerKind.Individual ? -1 : point.Answers == AnswerKind.Cumulative ? 0 : _arrivals;
            At(_replyIdleNs + point.DelayNs, Happening.AcknowledgementArrives, said < 0 ? frame : _expected, said);
        }
    }

    private void Acknowledge(int expected, int arrivals, long nowNs)
    {
        _timerNs = expected > _base ? nowNs : _timerNs;
        At(_timerNs + point.TimeoutNs, Happening.Nothing);
        _acknowledged[Math.Min(expected, frames - 1)] |= arrivals < 0; // of one frame alone
        for (int frame = _base; frame < _highest && point.IsSelective; frame++)
        {
            _acknowledged[frame] |= _receptions[frame] > 0 && _receptions[frame] <= arrivals;
        }

        _base = Math.Max(_base, arrivals < 0 ? 0 : expected);
        while (_base < _highest && _acknowledged[_base])
        {
            _base++;
        }

        _next = Math.Max(_next, _base);
    }

    private void Send(long nowNs)
    {
        if (Choose(nowNs) is not int frame)
        {
            return;
        }

        _highest = Math.Max(_highest, frame + 1);
        _sentNs[frame] = nowNs;
        _timerNs = _next == _base + 1 ? nowNs : _timerNs;
        _lineIdleNs = nowNs + point.FrameNs;
        At(_lineIdleNs, Happening.Nothing);
        At(nowNs + point.TimeoutNs, Happening.Nothing);
        if (_random.NextDouble() >= point.Loss)
        {
            At(_lineIdleNs + point.DelayNs, Happening.FrameArrives, frame);
        }
    }

    /// <summary>The frame to send now: one whose time is over, or, in go-back-N, all from the oldest on; else a new one.</summary>
    private int? Choose(long nowNs)
    {
        if (point.IsSelective)
        {
            for (int frame = _base; frame < _highest; frame++)
            {
                if (!_acknowledged[frame] && _sentNs[frame] + point.TimeoutNs <= nowNs)
                {
                    return frame;
                }
            }

            return _highest < Math.Min(frames, _base + point.Window) ? _highest : null;
        }

        if (_base < _next && (point.RestartsTimer ? _timerNs : _sentNs[_base]) + point.TimeoutNs <= nowNs)
        {
            _next = _base;
        }

        return _next < Math.Min(frames, _base + point.Window) ? _next++ : null;
    }

    private void At(long timeNs, Happening what, int frame = 0, int count = 0) =>
        _events.Enqueue((what, frame, count), (timeNs, _order++));
}
