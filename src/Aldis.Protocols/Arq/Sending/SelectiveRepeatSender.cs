using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>Selective repeat: every packet is acknowledged for itself, a lost one's bytes go again under a new number, and nothing
/// else does.</summary>
internal sealed class SelectiveRepeatSender(SendCore core, EstablishedConnection connection) : SendStrategy(core)
{
    private const long MaxProbeTimeoutNs = 3_000_000_000;
    private const int MaxBackOff = 16;
    private const int ProbesPerTimeout = 2;
    private const int LeastSkipPeriod = 64;
    private const int PersistentPeriods = 3;

    private LostCopies? _lostCopies;
    private RangeSet _lost = new();
    private RangeSet _received = new();
    private RangeSet _acknowledged = new();
    private LossDetector _detector = new(core.MarginDivisor);
    private long _largestAcknowledged;
    private long _lossDeadlineNs = TimerTable.Never;
    private int _probeTimeouts;
    private int _probesDue;
    private bool _pingDue;
    private TraceCause _lossCause;
    private long _nextSkip;
    private StepCounter _steps;

    public override long NextOffset => Core.Stream.Highest;

    public override long Steps =>
        _steps.Total + _lost.Steps + _received.Steps + _acknowledged.Steps + (_lostCopies?.Steps ?? 0) + Core.Packets.Steps;

    public override long LossDeadlineNs => _lossDeadlineNs;

    public override bool WantsPing => _pingDue;

    public override long TimeoutDeadlineNs => Core.Packets.OutstandingCount == 0
        ? TimerTable.Never
        : Core.LastElicitingSentNs + Math.Min(MaxProbeTimeoutNs, Core.ProbeTimeoutNs << BackOff);

    /// <summary>A shared network needs it; a laboratory that asked for none gets none.</summary>
    private int BackOff => Core.Options is { Congestion: CongestionProfile.Lab, Retransmission.BackOff: RetransmissionBackOff.None }
        ? 0
        : Math.Min(_probeTimeouts, MaxBackOff);

    /// <summary>Consecutive probe time-outs without any acknowledgement.</summary>
    public int ProbeTimeouts => _probeTimeouts;

    public override bool TryChoose(int room, bool allowShort, bool allowShortOfCredit, out FrameChoice choice)
    {
        if (!_lost.IsEmpty)
        {
            choice = FromLost(room);
            return true;
        }

        choice = default;
        long span = Core.Stream.Highest - Core.Stream.Unacknowledged;
        int frame = Core.Options.FrameSize > 0 ? Core.Options.FrameSize : room;
        bool isWindowOpen = span + frame <= (long)Core.Options.WindowFrames * frame || span == 0;
        if (!isWindowOpen || Core.Packets.IsFull)
        {
            return false;
        }

        bool found = Core.Stream.TryChooseNew(room, allowShort, allowShortOfCredit, out choice);
        choice.IsProbe = _probesDue > 0;
        return found;
    }

    public override void OnSent(in FrameChoice choice, long packetNumber, long nowNs)
    {
        if (choice.IsRetransmission)
        {
            _lost.Remove(choice.Offset, choice.End);
        }

        OnProbeSent();
    }

    public override void OnProbeSent()
    {
        _probesDue = Math.Max(0, _probesDue - 1);
        _pingDue = false;
    }

    public override ArqCloseCode OnAck(in AckPacket ack, bool isNewest, long nowNs)
    {
        if (ack.Largest >= Core.Packets.Next || ack.Cumulative > Core.Stream.Highest || !AreRangesHonest(ack))
        {
            return ArqCloseCode.Protocol;
        }

        Core.Stream.RaiseLimit(ack.Limit);
        long windowBefore = Core.Congestion.WindowBytes;
        var sample = new AckSample { NowNs = nowNs, InFlightBefore = Core.Packets.BytesInFlight };
        bool hasNews = TakeRanges(ack, isNewest, ref sample);
        Free(ack.Cumulative);
        if (hasNews)
        {
            _probeTimeouts = 0;
            _probesDue = 0;
            _pingDue = false;
            DetectLosses(nowNs);
            sample.InFlight = Core.Packets.BytesInFlight;
            sample.MinRttNs = Core.RoundTrip.MinimumNs;
            sample.SmoothedRttNs = Core.RoundTrip.SmoothedNs;
            Core.Rate.Fill(ref sample);
            if (sample.AckedBytes > 0)
            {
                Core.Congestion.OnAck(sample);
            }

            Core.ReportCongestion(windowBefore, nowNs);
        }

        Forget(nowNs);
        return ArqCloseCode.None;
    }

    public override void OnLossTimer(long nowNs)
    {
        long windowBefore = Core.Congestion.WindowBytes;
        Core.Trace.Note(TraceEventKind.TimerFired, nowNs, TraceCause.TimeThreshold, _lossDeadlineNs);
        DetectLosses(nowNs);
        Forget(nowNs);
        Core.ReportCongestion(windowBefore, nowNs);
    }

    /// <summary>Gives the oldest packets up in favour of a copy: the flight does not grow, and their bytes are never in flight
    /// twice.</summary>
    public override void OnTimeout(long nowNs)
    {
        Core.Stats.Timeouts++;
        Core.Trace.Note(TraceEventKind.TimerFired, nowNs, TraceCause.ProbeTimeout, nowNs, _probeTimeouts);
        _probeTimeouts++;
        _probesDue = ProbesPerTimeout;
        long windowBefore = Core.Congestion.WindowBytes;
        var loss = default(LossTally);
        for (int given = 0; given < ProbesPerTimeout && Core.Packets.OutstandingCount > 0; given++)
        {
            Core.Packets.Prune(Core.Packets.Tail);
            Lose(Core.Packets.OldestOutstanding, TraceCause.ProbeTimeout, ref loss, nowNs);
        }

        _pingDue = _lost.IsEmpty;
        if (_probeTimeouts == PersistentPeriods)
        {
            Core.Congestion.OnPersistentCongestion(nowNs);
        }

        Forget(nowNs);
        Core.ReportCongestion(windowBefore, nowNs);
    }

    public override bool ShouldSkipNumber(IArqRandom random)
    {
        if (Core.Packets.Next < _nextSkip)
        {
            return false;
        }

        // The first skip is only planned, so that a short exchange has none.
        bool skips = _nextSkip != 0;
        long period = Math.Max(LeastSkipPeriod, Core.Congestion.WindowBytes / Math.Max(1, Core.Options.MaxDatagramSize));
        _nextSkip = Core.Packets.Next + 1 + (period / 2) + (long)(random.NextUInt64() % (ulong)period);
        return skips;
    }

    public override void Trim()
    {
        Core.Packets.Trim();
        _lost.Trim();
        if (_lost.IsEmpty && _lostCopies is not null)
        {
            _steps.Add(_lostCopies.Steps);
            _lostCopies = null;
        }

        _received.Trim();
        _acknowledged.Trim();
    }

    public override void CheckInvariants()
    {
        long open = Core.Stream.Unacknowledged;
        var covered = new RangeSet();
        for (int index = 0; index < _lost.Count; index++)
        {
            Invariant.Holds(_lost[index].Start >= open
                && _lost[index].End <= Core.Stream.Highest, "lost bytes lie between UNA and the highest sent");
            covered.Add(_lost[index].Start, _lost[index].End);
        }

        for (long number = Core.Packets.Tail; number < Core.Packets.Next; number++)
        {
            ref SentPacket packet = ref Core.Packets[number];
            if (packet.State != SentPacketState.Outstanding || packet.IsProbe)
            {
                continue;
            }

            long start = Math.Max(open, packet.Offset);
            if (start < packet.End)
            {
                Invariant.Holds(covered.Add(start, packet.End) == packet.End - start,
                    "no byte is in flight twice, or both lost and in flight");
            }
        }

        for (int index = 0; index < _received.Count; index++)
        {
            covered.Add(_received[index].Start, _received[index].End);
        }

        bool isAll = open == Core.Stream.Highest || (covered.Count == 1 && covered.First == new OffsetRange(open, Core.Stream.Highest));
        Invariant.Holds(isAll, "every unacknowledged byte is in flight, lost or received");
    }

    private FrameChoice FromLost(int room)
    {
        OffsetRange range = _lost.First;
        long end = Math.Min(range.End, Core.Stream.Written);
        int length = (int)Math.Clamp(end - range.Start, 0, room);
        bool isKnown = _lostCopies!.TryFind(range.Start, out long replaced, out TraceCause cause);
        return new FrameChoice
        {
            Offset = range.Start,
            Length = length,
            IsFin = range.End > Core.Stream.Written && range.Start + length == Core.Stream.Written,
            IsRetransmission = true,
            IsProbe = _probesDue > 0,
            Cause = isKnown ? cause : _lossCause,
            Frame = Core.Options.FrameSize > 0 ? range.Start / Core.Options.FrameSize : -1,
            ReplacedPacketNumber = isKnown ? replaced : TraceEvent.NotApplicable,
        };
    }

    /// <summary>Looks at every range before anything is believed: a number that was never sent, or skipped on purpose, gives a lie
    /// away.</summary>
    private bool AreRangesHonest(in AckPacket ack)
    {
        var reader = new AckRangeReader(ack);
        while (reader.TryRead(out long first, out long last))
        {
            _steps.Add(1);
            first = Math.Max(first, Core.Packets.Tail);
            while (first <= last && _acknowledged.TryFindGap(first, last + 1, out OffsetRange gap))
            {
                _steps.Add(gap.End - gap.Start);
                for (long number = gap.Start; number < gap.End; number++)
                {
                    if (Core.Packets[number].State == SentPacketState.Skipped)
                    {
                        return false;
                    }
                }

                first = gap.End;
            }
        }

        return !reader.IsMalformed;
    }

    private bool TakeRanges(in AckPacket ack, bool isNewest, ref AckSample sample)
    {
        bool hasNews = false;
        var reader = new AckRangeReader(ack);
        while (reader.TryRead(out long first, out long last))
        {
            _steps.Add(1);
            first = Math.Max(first, Core.Packets.Tail);
            long from = first;
            while (from <= last && _acknowledged.TryFindGap(from, last + 1, out OffsetRange gap))
            {
                hasNews = true;
                _steps.Add(gap.End - gap.Start);
                bool hasLargest = isNewest && gap.End == ack.Largest + 1 && ack.Largest > _largestAcknowledged;
                for (long number = gap.Start; number < gap.End; number++)
                {
                    Acknowledge(number, ref sample);
                }

                if (hasLargest)
                {
                    sample.RttNs = Core.SampleRoundTrip(ack.Largest, Core.Packets[ack.Largest].SentNs, ack.DelayNs, sample.NowNs);
                }

                from = gap.End;
            }

            if (first <= last)
            {
                _acknowledged.Add(first, last + 1);
                _largestAcknowledged = Math.Max(_largestAcknowledged, last);
            }
        }

        return hasNews;
    }

    private void Acknowledge(long number, ref AckSample sample)
    {
        ref SentPacket packet = ref Core.Packets[number];
        if (packet.State == SentPacketState.Lost)
        {
            Core.Stats.SpuriousLosses++;
            _detector.OnSpurious(Math.Max(_largestAcknowledged, number) - number);
            Core.Trace.Frame(TraceEventKind.LossSpurious, sample.NowNs, number, packet.Offset, packet.Length, packet.Frame);
            Core.Congestion.OnSpuriousLoss(sample.NowNs);
        }

        if (packet.State == SentPacketState.Outstanding)
        {
            sample.AckedBytes += packet.Size;
            sample.AckedInPhaseBytes += packet.Phase == 1 ? packet.Size : 0;
            Core.Rate.OnAcknowledged(packet, sample.NowNs);
        }

        Core.Packets.Settle(ref packet, SentPacketState.Acknowledged);
        if (packet.IsProbe)
        {
            if (packet.Probe == ProbeKind.Mtu)
            {
                connection.Sizer.OnProbeAcknowledged(packet.Size);
            }

            return;
        }

        Core.Trace.Frame(TraceEventKind.FrameAcknowledged, sample.NowNs, number, packet.Offset, packet.Length, packet.Frame);
        long start = Math.Max(packet.Offset, Core.Stream.Unacknowledged);
        if (start < packet.End)
        {
            _received.Add(start, packet.End);
            _lost.Remove(start, packet.End);
        }
    }

    private void Free(long cumulative)
    {
        long before = Math.Min(Core.Stream.Unacknowledged, Core.Stream.Written);
        if (Core.Stream.Acknowledge(cumulative) > 0)
        {
            Core.Stats.BytesAcknowledged += Math.Min(cumulative, Core.Stream.Written) - before;
            _lost.RemoveBelow(cumulative);
            _received.RemoveBelow(cumulative);
        }
    }

    /// <summary>Packets are overtaken in order of their numbers, so the search ends at the first that is not yet due.</summary>
    private void DetectLosses(long nowNs)
    {
        _lossDeadlineNs = TimerTable.Never;
        var loss = default(LossTally);
        long patience = _detector.TimeThresholdNs(Core.RoundTrip, Core.GranularityNs);
        while (true)
        {
            _steps.Add(1);
            Core.Packets.Prune(Core.Packets.Tail);
            long number = Core.Packets.OldestOutstanding;
            if (number >= _largestAcknowledged)
            {
                break;
            }

            long sentNs = Core.Packets[number].SentNs;
            if (number + _detector.PacketThreshold <= _largestAcknowledged)
            {
                Lose(number, TraceCause.PacketThreshold, ref loss, nowNs);
            }
            else if (sentNs + patience <= nowNs)
            {
                Lose(number, TraceCause.TimeThreshold, ref loss, nowNs);
            }
            else
            {
                _lossDeadlineNs = sentNs + patience;
                break;
            }
        }

        if (loss.Packets > 0)
        {
            Core.Congestion.OnLoss(new LossSample(nowNs, loss.Bytes, loss.InPhaseBytes, loss.Packets, loss.NewestSentNs,
                Core.Packets.BytesInFlight));
        }
    }

    private void Lose(long number, TraceCause cause, ref LossTally loss, long nowNs)
    {
        ref SentPacket packet = ref Core.Packets[number];
        Core.Packets.Settle(ref packet, SentPacketState.Lost);
        Core.Stats.PacketsLost++;
        Core.Trace.Frame(TraceEventKind.FrameLost, nowNs, number, packet.Offset, packet.Length, packet.Frame, cause);
        if (packet.IsProbe)
        {
            connection.Sizer.OnProbeLost(number);
            return;
        }

        loss.Add(packet);
        _lossCause = cause;
        _lostCopies ??= new LostCopies();
        if (_lost.IsEmpty)
        {
            _lostCopies.Clear();
        }

        _lostCopies.Add(packet, number, cause);
        long position = Math.Max(packet.Offset, Core.Stream.Unacknowledged);
        while (position < packet.End && _received.TryFindGap(position, packet.End, out OffsetRange gap))
        {
            _steps.Add(1);
            _lost.Add(gap.Start, gap.End);
            position = gap.End;
        }
    }

    /// <summary>Keeps packets given up for two round trips more, so that a wrong verdict is noticed.</summary>
    private void Forget(long nowNs)
    {
        SentPackets packets = Core.Packets;
        packets.Prune(packets.Tail);
        long keep = packets.Tail;
        long horizon = nowNs - (2 * Core.RoundTrip.SmoothedNs) - (2 * _detector.TimeThresholdNs(Core.RoundTrip, Core.GranularityNs));
        bool isIdle = packets.OutstandingCount == 0 && Core.Stream.Unacknowledged == Core.Stream.Highest;
        while (keep < packets.OldestOutstanding
            && (isIdle || packets[keep].State != SentPacketState.Lost || packets[keep].SentNs < horizon))
        {
            keep++;
        }

        _steps.Add(keep - packets.Tail);
        packets.Prune(keep);
        _acknowledged.RemoveBelow(packets.Tail);
    }

    private struct LossTally
    {
        public long Bytes;
        public long InPhaseBytes;
        public long NewestSentNs;
        public int Packets;

        public void Add(in SentPacket packet)
        {
            Bytes += packet.Size;
            InPhaseBytes += packet.Phase == 1 ? packet.Size : 0;
            NewestSentNs = Math.Max(NewestSentNs, packet.SentNs);
            Packets++;
        }
    }
}
