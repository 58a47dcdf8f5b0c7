using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>
/// Selective repeat as the textbook has it: frames with fixed borders, a window of them, and a timer for each. A frame's timer starts
/// when a copy of it leaves and is stopped by an acknowledgement of that frame, whichever copy it names; when it fires, that frame alone
/// goes again. What later frames' acknowledgements tell about it is not asked: that is <see cref="SelectiveRepeatSender"/>'s.
/// </summary>
internal class FrameTimerSender : SendStrategy
{
    private const int SmallestRing = 4;

    private readonly int _window;
    private Frame[] _frames = new Frame[SmallestRing];
    private long _base;
    private long _end;
    private RangeSet _due = new();
    private RangeSet _named = new();
    private RetransmissionTimer _timer;
    private RetransmissionTimer _olderTimer;
    private long _largestSampled;
    private long _backsOffFrom;
    private StepCounter _steps;

    public FrameTimerSender(SendCore core)
        : base(core)
    {
        _window = core.Options.WindowFrames;
        RetransmissionPolicy policy = core.Options.Retransmission;

        // Who waits by a real clock may share the path: a timer that is never backed off is for virtual time.
        bool mustBackOff = core.GranularityNs > 0 && policy.BackOff == RetransmissionBackOff.None;
        _timer = new RetransmissionTimer(
            mustBackOff ? policy with { BackOff = RetransmissionBackOff.Exponential } : policy, core.GranularityNs);
        _olderTimer = _timer;
    }

    public override long NextOffset => Core.Stream.Highest;

    public override long Steps => _steps.Total + _due.Steps + _named.Steps + Core.Packets.Steps;

    /// <summary>Timers run equally long, or, if it was started before the last back-off, less; so that of the oldest copy in flight is the
    /// next to fire.</summary>
    public override long TimeoutDeadlineNs
    {
        get
        {
            if (Core.Packets.OutstandingCount == 0)
            {
                return TimerTable.Never;
            }

            long number = Core.Packets.OldestOutstanding;
            long timeout = number < _backsOffFrom ? _olderTimer.TimeoutNs(Core.RoundTrip) : _timer.TimeoutNs(Core.RoundTrip);
            return Core.Packets[number].SentNs + timeout;
        }
    }

    public override bool TryChoose(int room, bool allowShort, bool allowShortOfCredit, out FrameChoice choice)
    {
        if (!_due.IsEmpty)
        {
            long index = _due.First.Start;
            ref Frame frame = ref At(index);
            choice = new FrameChoice
            {
                Offset = frame.Offset,
                Length = frame.Length,
                IsFin = frame.IsFin,
                IsRetransmission = true,
                Cause = TraceCause.Timeout,
                Frame = index,
                ReplacedPacketNumber = frame.PacketNumber,
            };
            return true;
        }

        choice = default;
        if (_end - _base >= _window || Core.Packets.IsFull)
        {
            return false;
        }

        bool found = Core.Stream.TryChooseNew(Core.Options.FrameSize, allowShort, allowShortOfCredit, out choice);
        choice.Frame = _end;
        return found;
    }

    public override void OnSent(in FrameChoice choice, long packetNumber, long nowNs)
    {
        if (choice.IsRetransmission)
        {
            _due.Remove(choice.Frame, choice.Frame + 1);
        }
        else
        {
            if (_end - _base == _frames.Length)
            {
                Grow();
            }

            At(_end++) = new Frame { Offset = choice.Offset, Length = choice.Length, IsFin = choice.IsFin };
        }

        At(choice.Frame).PacketNumber = packetNumber;
    }

    public override ArqCloseCode OnAck(in AckPacket ack, bool isNewest, long nowNs)
    {
        if (ack.Largest >= Core.Packets.Next || ack.Cumulative > Core.Stream.Highest || IsMalformed(ack))
        {
            return ArqCloseCode.Protocol;
        }

        Core.Stream.RaiseLimit(ack.Limit);
        Sample(ack, isNewest, nowNs);
        bool hasNews = TakeNamed(ack, nowNs);
        hasNews |= Free(ack.Cumulative, nowNs);
        if (hasNews)
        {
            _timer.OnProgress();
            _olderTimer.OnProgress();
        }

        Forget();
        return ArqCloseCode.None;
    }

    public override void OnTimeout(long nowNs)
    {
        Core.Stats.Timeouts++;
        Core.Trace.Note(TraceEventKind.TimerFired, nowNs, TraceCause.Timeout, nowNs, _timer.BackOff);
        long number = Core.Packets.OldestOutstanding;
        ref SentPacket packet = ref Core.Packets[number];
        Core.Packets.Settle(ref packet, SentPacketState.Lost);
        Core.Stats.PacketsLost++;
        Core.Trace.Frame(
            TraceEventKind.FrameLost, nowNs, number, packet.Offset, packet.Length, packet.Frame, TraceCause.Timeout);
        if (!packet.IsProbe)
        {
            _due.Add(packet.Frame, packet.Frame + 1);
            BackOff(number);
        }

        Forget();
    }

    public override void Trim()
    {
        Core.Packets.Trim();
        _due.Trim();
        _named.Trim();
        if (_base == _end && _frames.Length > SmallestRing)
        {
            _frames = new Frame[SmallestRing];
        }
    }

    public override void CheckInvariants()
    {
        long expected = Core.Stream.Unacknowledged;
        for (long index = _base; index < _end; index++)
        {
            ref Frame frame = ref At(index);
            Invariant.Holds(frame.Offset == expected, "frames follow each other without a hole");
            expected = frame.End;
            int states = (IsTimerRunning(frame) ? 1 : 0) + (_due.Contains(index) ? 1 : 0) + (frame.IsAcknowledged ? 1 : 0);
            Invariant.Holds(states == 1, "the timer of a frame runs, or has fired, or was stopped by its acknowledgement");
        }

        Invariant.Holds(expected == Core.Stream.Highest, "frames end at the highest position sent");
        Invariant.Holds(_end - _base <= _window, "no more frames than the window are unacknowledged");
        Invariant.Holds(_due.IsEmpty || (_due.First.Start >= _base && _due.Last.End <= _end), "what goes again is unacknowledged");
    }

    private static bool IsMalformed(in AckPacket ack)
    {
        var reader = new AckRangeReader(ack);
        while (reader.TryRead(out _, out _))
        {
            // It is looked at whole before any of it is believed.
        }

        return reader.IsMalformed;
    }

    private void Sample(in AckPacket ack, bool isNewest, long nowNs)
    {
        if (ack.Largest < Core.Packets.Tail || ack.Largest <= _largestSampled)
        {
            return;
        }

        _largestSampled = ack.Largest;
        if (isNewest)
        {
            Core.SampleRoundTrip(ack.Largest, Core.Packets[ack.Largest].SentNs, ack.DelayNs, nowNs);
        }
    }

    /// <summary>Of the transmissions an acknowledgement names, takes those that none before it has named.</summary>
    private bool TakeNamed(in AckPacket ack, long nowNs)
    {
        bool hasNews = false;
        var reader = new AckRangeReader(ack);
        while (reader.TryRead(out long first, out long last))
        {
            _steps.Add(1);
            first = Math.Max(first, Core.Packets.Tail);
            long from = first;
            while (from <= last && _named.TryFindGap(from, last + 1, out OffsetRange gap))
            {
                _steps.Add(gap.End - gap.Start);
                for (long number = gap.Start; number < gap.End; number++)
                {
                    hasNews |= Take(number, nowNs);
                }

                from = gap.End;
            }

            if (first <= last)
            {
                _named.Add(first, last + 1);
            }
        }

        return hasNews;
    }

    /// <summary>The peer has a packet: if it carries a frame, the frame's timer is stopped, whichever copy it ran for.</summary>
    /// <returns>Whether that is news.</returns>
    private bool Take(long number, long nowNs)
    {
        ref SentPacket packet = ref Core.Packets[number];
        if (packet.State is not (SentPacketState.Outstanding or SentPacketState.Lost))
        {
            return false;
        }

        if (packet.State == SentPacketState.Lost)
        {
            Core.Stats.SpuriousLosses++;
            Core.Trace.Frame(TraceEventKind.LossSpurious, nowNs, number, packet.Offset, packet.Length, packet.Frame);
        }

        Core.Packets.Settle(ref packet, SentPacketState.Acknowledged);
        if (!packet.IsProbe)
        {
            Core.Trace.Frame(TraceEventKind.FrameAcknowledged, nowNs, number, packet.Offset, packet.Length, packet.Frame);
            if (packet.Frame >= _base)
            {
                StopTimer(packet.Frame, nowNs);
            }
        }

        return true;
    }

    /// <summary>The peer has all frames below a position.</summary>
    private bool Free(long cumulative, long nowNs)
    {
        long freed = Core.Stream.Unacknowledged;
        long before = _base;
        while (_base < _end && At(_base).End <= cumulative)
        {
            ref Frame frame = ref At(_base);
            freed = frame.End;
            Core.Stats.BytesAcknowledged += frame.Length;
            StopTimer(_base++, nowNs);
        }

        _steps.Add(_base - before);
        return Core.Stream.Acknowledge(freed) > 0;
    }

    /// <summary>A frame is acknowledged; the copy its timer runs for is settled with it.</summary>
    private void StopTimer(long index, long nowNs)
    {
        ref Frame frame = ref At(index);
        frame.IsAcknowledged = true;
        _due.Remove(index, index + 1);
        if (IsTimerRunning(frame))
        {
            Core.Packets.Settle(ref Core.Packets[frame.PacketNumber], SentPacketState.Acknowledged);
            Core.Trace.Frame(TraceEventKind.FrameAcknowledged, nowNs, frame.PacketNumber, frame.Offset, frame.Length, index);
        }
    }

    /// <summary>Copies that left before the time-out was last lengthened say no more than the one that lengthened it, and their own timers
    /// are not lengthened.</summary>
    private void BackOff(long number)
    {
        if (number >= _backsOffFrom)
        {
            _backsOffFrom = Core.Packets.Next;
            _olderTimer = _timer;
            _timer.OnExpired();
        }
    }

    private bool IsTimerRunning(in Frame frame) => frame.PacketNumber >= Core.Packets.Tail
        && Core.Packets[frame.PacketNumber].State == SentPacketState.Outstanding;

    /// <summary>Keeps copies that were given up long enough to take their late acknowledgement.</summary>
    private void Forget()
    {
        const int LeastKept = 64;
        bool isIdle = _base == _end && Core.Packets.OutstandingCount == 0;
        Core.Packets.Prune(isIdle ? Core.Packets.Next : Core.Packets.Next - Math.Max(LeastKept, 2L * _window));
        _named.RemoveBelow(Core.Packets.Tail);
    }

    private ref Frame At(long index) => ref _frames[index & (_frames.Length - 1)];

    private void Grow()
    {
        var larger = new Frame[_frames.Length * 2];
        _steps.Add(_end - _base);
        for (long index = _base; index < _end; index++)
        {
            larger[index & (larger.Length - 1)] = At(index);
        }

        _frames = larger;
    }

    private struct Frame
    {
        public long Offset;
        public long PacketNumber;
        public int Length;
        public bool IsFin;
        public bool IsAcknowledged;

        public readonly long End => Offset + Length + (IsFin ? 1 : 0);
    }
}
