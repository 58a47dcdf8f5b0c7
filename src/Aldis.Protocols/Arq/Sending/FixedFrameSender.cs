using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>Stop-and-wait and go-back-N: frames with fixed borders, a window of them, cumulative acknowledgement, and one timer for
/// the oldest. Stop-and-wait is the window of one.</summary>
internal class FixedFrameSender : SendStrategy
{
    private const int SmallestRing = 4;

    private readonly int _window;
    private readonly bool _rejectRewinds;
    private Frame[] _frames = new Frame[SmallestRing];
    private long _base;
    private long _next;
    private long _end;
    private long _largestSampled;
    private TraceCause _rewindCause;
    private long _rewoundTo;
    private RetransmissionTimer _timer;
    private long _rewinds;
    private StepCounter _steps;

    public FixedFrameSender(SendCore core)
        : base(core)
    {
        _window = core.Options.Mode == ArqMode.StopAndWait ? 1 : core.Options.WindowFrames;
        _rejectRewinds = core.Options.RejectRewinds && core.Options.Mode == ArqMode.GoBackN;
        _timer = new RetransmissionTimer(core.Options.Retransmission, core.GranularityNs);
    }

    public override long Rewinds => _rewinds;

    public override long Steps => _steps.Total + Core.Packets.Steps;

    public override long NextOffset => _next < _end ? At(_next).Offset : Core.Stream.Highest;

    /// <summary>Whether a frame is in flight: then the timer runs for it.</summary>
    protected bool HasFrameInFlight => _base < _next;

    /// <summary>How long the timer runs now, in nanoseconds.</summary>
    protected long TimeoutNs => _timer.TimeoutNs(Core.RoundTrip);

    public override long TimeoutDeadlineNs
    {
        get
        {
            if (HasFrameInFlight)
            {
                return At(_base).SentNs + TimeoutNs;
            }

            // A probe (keep-alive, window probe) is not repeated by this timer; it is given up when it was overdue for so long.
            return Core.Packets.OutstandingCount > 0 ? Core.LastElicitingSentNs + TimeoutNs : TimerTable.Never;
        }
    }

    public override bool TryChoose(int room, bool allowShort, bool allowShortOfCredit, out FrameChoice choice)
    {
        if (_next < _end)
        {
            ref Frame frame = ref At(_next);
            choice = new FrameChoice
            {
                Offset = frame.Offset,
                Length = frame.Length,
                IsFin = frame.IsFin,
                IsRetransmission = true,
                Cause = _next == _rewoundTo ? _rewindCause : TraceCause.GoBackRewind,
                Frame = _next,
                ReplacedPacketNumber = frame.PacketNumber,
            };
            return true;
        }

        if (_end - _base >= _window)
        {
            choice = default;
            return false;
        }

        bool found = Core.Stream.TryChooseNew(Core.Options.FrameSize, allowShort, allowShortOfCredit, out choice);
        choice.Frame = _end;
        return found;
    }

    public override void OnSent(in FrameChoice choice, long packetNumber, long nowNs)
    {
        if (_next == _end)
        {
            if (_end - _base == _frames.Length)
            {
                Grow();
            }

            At(_end++) = new Frame { Offset = choice.Offset, Length = choice.Length, IsFin = choice.IsFin };
        }

        ref Frame frame = ref At(_next++);
        frame.PacketNumber = packetNumber;
        frame.SentNs = nowNs;
    }

    public override ArqCloseCode OnAck(in AckPacket ack, bool isNewest, long nowNs)
    {
        if (ack.Largest >= Core.Packets.Next || ack.Cumulative > Core.Stream.Highest)
        {
            return ArqCloseCode.Protocol;
        }

        Core.Stream.RaiseLimit(ack.Limit);
        long windowBefore = Core.Congestion.WindowBytes;
        var sample = new AckSample { NowNs = nowNs, InFlightBefore = Core.Packets.BytesInFlight };
        TakeLargest(ack, isNewest, ref sample);
        bool progressed = Free(ack.Cumulative, ref sample);
        if (sample.AckedBytes > 0)
        {
            FillSample(ref sample);
            Core.Congestion.OnAck(sample);
        }

        if (_rejectRewinds && ack.ShowsGap && !progressed && _base < _next && ack.Largest > At(_base).PacketNumber)
        {
            Rewind(TraceCause.GapReport, nowNs);
        }

        GiveUpProbes(ack.Largest, nowNs);
        Forget();
        Core.ReportCongestion(windowBefore, nowNs);
        return ArqCloseCode.None;
    }

    public override void OnTimeout(long nowNs)
    {
        Core.Stats.Timeouts++;
        Core.Trace.Note(TraceEventKind.TimerFired, nowNs, TraceCause.Timeout, nowNs, _timer.BackOff);
        if (_base < _next)
        {
            long windowBefore = Core.Congestion.WindowBytes;
            _timer.OnExpired();
            Rewind(TraceCause.Timeout, nowNs);
            Core.ReportCongestion(windowBefore, nowNs);
        }

        GiveUpProbes(Core.Packets.Next, nowNs);
        Forget();
    }

    public override void Trim()
    {
        Core.Packets.Trim();
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
            bool isOutstanding = frame.PacketNumber >= Core.Packets.Tail
                && Core.Packets[frame.PacketNumber].State == SentPacketState.Outstanding;
            Invariant.Holds(isOutstanding == (index < _next), "a frame is in flight exactly if it is before NXT");
        }

        Invariant.Holds(expected == Core.Stream.Highest, "frames end at the highest position sent");
        Invariant.Holds(_end - _base <= _window, "no more frames than the window are unacknowledged");
        Invariant.Holds(_base <= _next && _next <= _end, "UNA <= NXT <= the highest frame");
    }

    /// <summary>The packet an ACK answers: a round trip, even if its frame was discarded, and the end of a probe.</summary>
    private void TakeLargest(in AckPacket ack, bool isNewest, ref AckSample sample)
    {
        if (ack.Largest < Core.Packets.Tail || ack.Largest <= _largestSampled)
        {
            return;
        }

        ref SentPacket packet = ref Core.Packets[ack.Largest];
        _largestSampled = ack.Largest;
        if (isNewest)
        {
            sample.RttNs = Core.SampleRoundTrip(ack.Largest, packet.SentNs, ack.DelayNs, sample.NowNs);
        }

        if (packet.State == SentPacketState.Lost)
        {
            Core.Stats.SpuriousLosses++;
            Core.Trace.Frame(TraceEventKind.LossSpurious, sample.NowNs, ack.Largest, packet.Offset, packet.Length, packet.Frame);
            packet.State = SentPacketState.Acknowledged;
        }
        else if (packet.IsProbe)
        {
            Core.Packets.Settle(ref packet, SentPacketState.Acknowledged);
        }
    }

    private bool Free(long cumulative, ref AckSample sample)
    {
        long freed = Core.Stream.Unacknowledged;
        long before = _base;
        while (_base < _end && At(_base).End <= cumulative)
        {
            ref Frame frame = ref At(_base);
            freed = frame.End;
            Core.Stats.BytesAcknowledged += frame.Length;
            Core.Trace.Frame(TraceEventKind.FrameAcknowledged, sample.NowNs, frame.PacketNumber, frame.Offset, frame.Length, _base);
            if (frame.PacketNumber >= Core.Packets.Tail)
            {
                ref SentPacket packet = ref Core.Packets[frame.PacketNumber];
                if (packet.State == SentPacketState.Outstanding)
                {
                    sample.AckedBytes += packet.Size;
                    Core.Rate.OnAcknowledged(packet, sample.NowNs);
                }

                Core.Packets.Settle(ref packet, SentPacketState.Acknowledged);
            }

            _base++;
        }

        _steps.Add(_base - before);

        if (Core.Stream.Acknowledge(freed) == 0)
        {
            return false;
        }

        _next = Math.Max(_next, _base);
        _timer.OnProgress();
        return true;
    }

    private void FillSample(ref AckSample sample)
    {
        sample.InFlight = Core.Packets.BytesInFlight;
        sample.MinRttNs = Core.RoundTrip.MinimumNs;
        sample.SmoothedRttNs = Core.RoundTrip.SmoothedNs;
        Core.Rate.Fill(ref sample);
    }

    /// <summary>Everything from the oldest frame on goes again.</summary>
    private void Rewind(TraceCause cause, long nowNs)
    {
        long lostBytes = 0;
        _steps.Add(_next - _base);
        for (long index = _base; index < _next; index++)
        {
            ref Frame frame = ref At(index);
            ref SentPacket packet = ref Core.Packets[frame.PacketNumber];
            lostBytes += packet.Size;
            Core.Packets.Settle(ref packet, SentPacketState.Lost);
            Core.Trace.Frame(
                TraceEventKind.FrameLost, nowNs, frame.PacketNumber, frame.Offset, frame.Length, index, index == _base ? cause
                    : TraceCause.GoBackRewind);
        }

        Core.Stats.PacketsLost += _next - _base;
        var loss = new LossSample(nowNs, lostBytes, 0, (int)(_next - _base), At(_next - 1).SentNs, Core.Packets.BytesInFlight);
        _rewindCause = cause;
        _rewoundTo = _base;
        _next = _base;
        if (Core.Options.Mode == ArqMode.GoBackN)
        {
            _rewinds++;
            Core.Stats.Rewinds++;
        }

        Core.Congestion.OnLoss(loss);
    }

    /// <summary>Probes are not repeated: one that was overtaken or is overdue is written off.</summary>
    private void GiveUpProbes(long below, long nowNs)
    {
        Core.Packets.Prune(Core.Packets.Tail);
        for (long number = Core.Packets.OldestOutstanding; number < below; number++)
        {
            ref SentPacket packet = ref Core.Packets[number];
            if (packet.State != SentPacketState.Outstanding || !packet.IsProbe)
            {
                return;
            }

            _steps.Add(1);
            Core.Packets.Settle(ref packet, SentPacketState.Lost);
            Core.Stats.PacketsLost++;
            Core.Trace.Frame(TraceEventKind.FrameLost, nowNs, number, packet.Offset, 0, cause: TraceCause.Timeout);
        }
    }

    /// <summary>Keeps transmissions that were given up long enough to measure a round trip on their late acknowledgement.</summary>
    private void Forget()
    {
        const int LeastKept = 64;
        bool isIdle = _base == _end && Core.Packets.OutstandingCount == 0;
        Core.Packets.Prune(isIdle ? Core.Packets.Next : Core.Packets.Next - Math.Max(LeastKept, 2L * _window));
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
        public long SentNs;
        public int Length;
        public bool IsFin;

        public readonly long End => Offset + Length + (IsFin ? 1 : 0);
    }
}
