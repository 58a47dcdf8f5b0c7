using Aldis.Protocols.Arq;

namespace Aldis.Lab.Grading;

/// <summary>Follows a sender and judges each frame that leaves it.</summary>
/// <param name="terms">What it is judged by.</param>
/// <param name="book">Takes the verdicts.</param>
internal sealed class SenderJudge(GradeTerms terms, GradeBook book)
{
    // A book's timer that fires on paper is late when half a time-out more has passed: rounding and sending take some.
    private const double LateTimeouts = 1.5;
    private const double EarlyTimeouts = 0.99;

    private readonly FrameNumbers _numbers = new(terms.NumberBits);
    private readonly Dictionary<long, Frame> _unacknowledged = [];
    private readonly List<long> _acknowledgedAt = [];
    private readonly Dictionary<long, long> _firedLines = []; // of which frame, where that matters, at which line
    private GradedEvent? _timer;
    private long _again = GradedEvent.Unknown;
    private long _progressNs;

    /// <summary>The oldest frame that is not acknowledged.</summary>
    public long Oldest => _acknowledgedAt.Count;

    /// <summary>The frame after the last that left.</summary>
    public long Next { get; private set; }

    private bool IsGoBackN => terms.Strategy == ArqMode.GoBackN;

    /// <summary>Looks whether something is overdue.</summary>
    /// <param name="now">What happens next.</param>
    public void OnTime(in GradedEvent now)
    {
        if (terms is { IsLive: false, TimeoutNanoseconds: long timeout } && now.TimeNanoseconds != GradedEvent.Unknown
            && _unacknowledged.TryGetValue(Oldest, out Frame? frame) && !frame.IsOverdue && !IsAcknowledged(Oldest))
        {
            long since = Math.Max(frame.LastNs, _progressNs);
            frame.IsOverdue = now.TimeNanoseconds - since > timeout * LateTimeouts;
            if (frame.IsOverdue)
            {
                book.Check(
                    GradeRule.Again,
                    now,
                    false,
                    $"frame {Oldest} left at {Ms(frame.LastNs)}, was never acknowledged, and has not gone again.");
            }
        }
    }

    /// <summary>Takes a frame that left.</summary>
    /// <param name="sent">The event.</param>
    /// <returns>Which frame the number means.</returns>
    public long OnSent(in GradedEvent sent)
    {
        long frame = _numbers.From(sent.Number, Oldest);
        if (frame > Next && _numbers.Before(frame) >= 0)
        {
            frame = _numbers.Before(frame);
        }

        if (frame >= Next)
        {
            OnNew(frame, sent);
        }
        else if (IsAcknowledged(frame))
        {
            bool couldKnow = sent.SinceNanoseconds > AcknowledgedAt(frame) + terms.GraceNanoseconds
                || sent.TimeNanoseconds == GradedEvent.Unknown || !terms.IsLive;
            book.Check(GradeRule.Acknowledged, sent, !couldKnow, $"frame {frame} goes again, and its ACK has come.");
            _again = frame + 1;
        }
        else
        {
            OnAgain(frame, sent);
        }

        return frame;
    }

    /// <summary>Takes an acknowledgement that came.</summary>
    /// <param name="acknowledgement">The event.</param>
    /// <param name="ahead">Frames behind a gap of which it tells.</param>
    public void OnAcknowledged(in GradedEvent acknowledgement, IEnumerable<long> ahead)
    {
        long next = Math.Min(_numbers.From(acknowledgement.Number, Oldest), Next);
        bool isNews = terms.NumberBits is null || _numbers.From(acknowledgement.Number, Oldest) <= Next;
        while (isNews && Oldest < next)
        {
            _unacknowledged.Remove(Oldest);
            _acknowledgedAt.Add(acknowledgement.TimeNanoseconds);
            _progressNs = acknowledgement.TimeNanoseconds;
        }

        foreach (long number in ahead)
        {
            if (_unacknowledged.TryGetValue(_numbers.From(number, Oldest), out Frame? frame) && !frame.IsAcknowledged)
            {
                frame.IsAcknowledged = true;
                frame.AcknowledgedNs = acknowledgement.TimeNanoseconds;
            }
        }

        if (_timer is { } timer && TimedFrame(timer) is long timed && (IsAcknowledged(timed) || timed >= Next))
        {
            _timer = null;
        }
    }

    /// <summary>Takes a timer that fired.</summary>
    /// <param name="fired">The event.</param>
    public void OnTimer(in GradedEvent fired)
    {
        JudgeTimer();
        _firedLines[IsNamed(fired) ? TimedFrame(fired)!.Value : GradedEvent.Unknown] = fired.Line;
        _timer = TimedFrame(fired) is long frame && !IsAcknowledged(frame) && frame < Next ? fired : null;
    }

    /// <summary>Judges what is left when nothing more happens.</summary>
    /// <param name="end">The end.</param>
    public void OnEnd(in GradedEvent end)
    {
        JudgeTimer();
        OnTime(end);
        if (terms.IsLive && _unacknowledged.TryGetValue(Oldest, out Frame? frame))
        {
            bool isOverdue = end.TimeNanoseconds - frame.LastNs > terms.TimeoutNanoseconds * LateTimeouts;
            book.Check(
                GradeRule.Again, end, !isOverdue, $"frame {Oldest} was not acknowledged, and did not go again before the end.");
        }
    }

    /// <summary>Whether a frame has left.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="from">The frame from which on it is looked for.</param>
    public bool HasSent(long number, long from) => _numbers.From(number, from) < Next;

    private static string Ms(long nanoseconds) => GradeWords.Milliseconds(nanoseconds);

    private void OnNew(long frame, in GradedEvent sent)
    {
        book.Check(GradeRule.InOrder, sent, frame == Next, $"frame {frame} leaves, and frame {Next} has not left.");
        book.Check(
            GradeRule.Window,
            sent,
            frame < Oldest + terms.Window,
            $"frame {frame} leaves, and frame {Oldest} is not acknowledged: the window ends at frame {Oldest + terms.Window - 1}.");
        long due = Math.Max(_again, Oldest);
        if (IsGoBackN && _again != GradedEvent.Unknown && due < Next)
        {
            book.Check(GradeRule.GoBack, sent, false, $"frame {frame} leaves for the first time, and frame {due} has not gone again.");
        }

        JudgeTimer();
        _again = GradedEvent.Unknown;
        _unacknowledged[frame] = new Frame(sent);
        Next = frame + 1;
    }

    private void OnAgain(long frame, in GradedEvent sent)
    {
        book.Check(GradeRule.Acknowledged, sent, true, $"");
        bool goesOn = IsGoBackN && _again != GradedEvent.Unknown && frame == Math.Max(_again, Oldest) && frame != Oldest;
        if (!goesOn && IsGoBackN)
        {
            book.Check(
                GradeRule.GoBack,
                sent,
                frame == Oldest,
                $"frame {frame} goes again, and frame {Oldest} is the oldest that is not acknowledged.");
        }

        Frame? before = _unacknowledged.GetValueOrDefault(frame);
        if (!goesOn && before is not null)
        {
            JudgeEarly(frame, before, sent);
        }

        if (before?.Content is ulong content && sent.Content is ulong now)
        {
            book.Check(GradeRule.SameBytes, sent, content == now, $"frame {frame} goes again with other bytes.");
        }

        book.Check(GradeRule.Again, sent, true, $"");
        _timer = _timer is { } timer && IsNamed(timer) && TimedFrame(timer) != frame ? _timer : null;
        _again = frame + 1;
        _unacknowledged[frame] = new Frame(sent) { Content = before?.Content ?? sent.Content };
    }

    private void JudgeEarly(long frame, Frame before, in GradedEvent sent)
    {
        if (terms.TimeoutNanoseconds is long timeout && sent.TimeNanoseconds != GradedEvent.Unknown)
        {
            long gap = sent.TimeNanoseconds - before.SinceNs;
            book.Check(
                GradeRule.Early,
                sent,
                gap >= timeout * EarlyTimeouts,
                $"frame {frame} goes again after {Ms(gap)}, and the time-out is {Ms(timeout)}.");
        }
        else
        {
            long fired = Math.Max(_firedLines.GetValueOrDefault(frame), _firedLines.GetValueOrDefault(GradedEvent.Unknown));
            book.Check(GradeRule.Early, sent, fired > before.Line, $"frame {frame} goes again, and no timer of it has fired.");
        }
    }

    /// <summary>A timer fired, and now comes what is not the repetition it asks for.</summary>
    private void JudgeTimer()
    {
        if (_timer is { } timer && TimedFrame(timer) is long frame)
        {
            book.Check(GradeRule.Again, timer, false, $"the timer of frame {frame} fires, and the frame does not go again.");
            _timer = null;
        }
    }

    /// <summary>Whether it is the timer of one frame of several that have one.</summary>
    private bool IsNamed(in GradedEvent timer) => terms.Strategy == ArqMode.SelectiveRepeat && timer.Number != GradedEvent.Unknown;

    /// <summary>The frame whose timer it is; null where nobody says, and more than one could be.</summary>
    private long? TimedFrame(in GradedEvent timer) => terms.Strategy != ArqMode.SelectiveRepeat ? Oldest
        : timer.Number == GradedEvent.Unknown ? null : _numbers.From(timer.Number, Oldest);

    private bool IsAcknowledged(long frame) =>
        frame < Oldest || (_unacknowledged.TryGetValue(frame, out Frame? known) && known.IsAcknowledged);

    private long AcknowledgedAt(long frame) => frame < Oldest ? _acknowledgedAt[(int)frame] : _unacknowledged[frame].AcknowledgedNs;

    private sealed class Frame(in GradedEvent sent)
    {
        public long LastNs { get; } = sent.TimeNanoseconds;

        public long SinceNs { get; } = sent.SinceNanoseconds;

        public long Line { get; } = sent.Line;

        public ulong? Content { get; init; } = sent.Content;

        public bool IsAcknowledged { get; set; }

        public long AcknowledgedNs { get; set; }

        public bool IsOverdue { get; set; }
    }
}
