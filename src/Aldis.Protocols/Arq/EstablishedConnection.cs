using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Arq.Receiving;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>
/// What a connection consists of from the moment on in which both sides' numbers and what was agreed are known: the two directions, what
/// the peer's packets do to them, the datagrams put together for the peer, and the timers. What was before is
/// <see cref="ClientHandshake"/>'s; what the application sees, and how it ends, is <see cref="ArqConnection"/>'s.
/// </summary>
internal sealed class EstablishedConnection
{
    private const int ShortestDataRoom = PacketLayout.DataHeaderLength + 64;
    private const long QuietNs = 1_000_000_000;
    private const long MaxProbeIntervalNs = 3_000_000_000;
    private const long MinLingerNs = 5_000_000_000;
    private const long MaxLingerNs = 30_000_000_000;
    private const int LingerTimeouts = 32;

    private readonly ArqConnection _connection;
    private readonly IArqRandom _random;
    private DatagramSizer _sizer;

    /// <summary>A probe to send once: a sign of life or a question for credit.</summary>
    private ProbeKind? _probeDue;

    /// <summary>Whether a frame may be cut by the end of credit, because waiting for more led to nothing.</summary>
    private bool _mayCutToCredit;

    /// <summary>Whether the last fill ended because the pacer had no tokens.</summary>
    private bool _isHeldByPacer;

    /// <summary>When the peer was last heard.</summary>
    private long _lastHeardNs;

    /// <summary>When the peer last acknowledged something new, or something to acknowledge first existed.</summary>
    private long _lastProgressNs;

    private int _windowProbes;
    private bool _isTrimmed;
    private bool _isClosing;

    /// <param name="connection">Whose it is; its stream already has the credit that was agreed.</param>
    /// <param name="peerId">The peer's number of the connection.</param>
    /// <param name="key">The connection's key.</param>
    /// <param name="agreed">What both sides agreed on.</param>
    /// <param name="random">Where random numbers come from.</param>
    /// <param name="nowNs">Now.</param>
    public EstablishedConnection(
        ArqConnection connection, ulong peerId, ulong key, ConnectionOptions agreed, IArqRandom random, long nowNs)
    {
        _connection = connection;
        _random = random;
        PeerId = peerId;
        Key = key;
        _sizer = agreed.FrameSize > 0 ? DatagramSizer.Fixed : new DatagramSizer(agreed.MaxDatagramSize, agreed.MtuProbing);
        bool isRepeat = agreed.Mode == ArqMode.SelectiveRepeat;
        ICongestionController congestion = CongestionControllers.For(agreed, DatagramSizeOf(agreed));
        Core = new SendCore(connection.Stream, agreed, congestion, connection.GranularityNs, connection.Trace);
        Strategy = !isRepeat ? agreed.HasRestartedTimer ? new RestartedTimerSender(Core) : new FixedFrameSender(Core)
            : agreed.HasFrameTimers ? new FrameTimerSender(Core)
            : new SelectiveRepeatSender(Core, this);
        Receive = new ReceiveStream(connection.Chunks, agreed.InitialWindowBytes, agreed.MaxWindowBytes, isRepeat);
        Acks = new AckState(!isRepeat, agreed.AckEvery, agreed.MaxAckDelayNs, nowNs);
        _lastHeardNs = nowNs;
        _lastProgressNs = nowNs;
    }

    /// <summary>The peer's number of the connection.</summary>
    public ulong PeerId { get; }

    /// <summary>What seeds the checksums and proves a RESET.</summary>
    public ulong Key { get; }

    public uint Seed => (uint)Key;

    public SendCore Core { get; }

    public SendStrategy Strategy { get; }

    public ReceiveStream Receive { get; }

    public AckState Acks { get; }

    public ref DatagramSizer Sizer => ref _sizer;

    /// <summary>The largest datagram of ours: that of a full frame where frames are fixed.</summary>
    public int DatagramSize => DatagramSizeOf(Core.Options);

    private int FrameRoom => DatagramSize - PacketLayout.DataHeaderLength;

    private Tracer Trace => _connection.Trace;

    private ref TimerTable Timers => ref _connection.Timers;

    /// <summary>Takes a packet that came from the peer: its checksum was right. One that breaks the rules ends the connection: it is
    /// what the peer wrote, and silence would leave the peer waiting for an answer.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="type">Its type.</param>
    /// <param name="stats">What the endpoint counts.</param>
    /// <param name="nowNs">Now.</param>
    public void Take(ReadOnlySpan<byte> packet, PacketType type, ref EndpointStats stats, long nowNs)
    {
        switch (type)
        {
            case PacketType.Data when DataPacket.TryParse(packet, out DataPacket data):
                OnHeard(nowNs);
                OnData(data, nowNs);
                break;
            case PacketType.Ack when AckPacket.TryParse(packet, out AckPacket ack):
                OnHeard(nowNs);
                OnAck(ack, nowNs);
                break;
            case PacketType.Probe when packet.Length >= PacketLayout.ProbeLength:
                OnHeard(nowNs);
                OnProbe(PacketLayout.ReadUInt32(packet, PacketLayout.ProbePacketNumber), nowNs);
                break;
            case PacketType.Data or PacketType.Ack or PacketType.Probe:
                stats.Malformed++;
                Break(ArqCloseCode.Protocol, nowNs);
                break;
            default:
                stats.UnknownType++;
                Trace.Note(TraceEventKind.PacketIgnored, nowNs, TraceCause.UnknownType, length: packet.Length);
                break;
        }
    }

    /// <summary>The application is about to write, or to finish: if nothing else waits for the peer's word, waiting begins now.</summary>
    public void OnWriting(long nowNs) => _lastProgressNs = Core.Stream.HeldBytes == 0 ? nowNs : _lastProgressNs;

    /// <summary>Does what is due. A deadline nearer than the driver's granularity is due.</summary>
    public void OnTimer(long nowNs)
    {
        if (_connection.State is not (ConnectionState.Open or ConnectionState.Confirming))
        {
            return;
        }

        ref TimerTable timers = ref Timers;
        SendCore core = Core;
        long limit = nowNs + core.GranularityNs;
        if (timers.TryExpire(TimerKind.LossDetection, limit))
        {
            Strategy.OnLossTimer(limit);
        }

        // An acknowledgement may have come since the timer was set, and the driver may not have been able to send since.
        if (timers.TryExpire(TimerKind.Retransmission, limit) && Strategy.TimeoutDeadlineNs <= limit)
        {
            OnRetransmission(nowNs);
        }

        if (timers.TryExpire(TimerKind.AckDelay, limit))
        {
            Trace.Note(TraceEventKind.TimerFired, nowNs, TraceCause.AcknowledgementDelay);
            Acks.OnDeadline();
        }

        timers.TryExpire(TimerKind.Pacing, limit);
        if (timers.TryExpire(TimerKind.WindowProbe, limit))
        {
            OnWindowProbe(core, nowNs);
        }

        if (timers.TryExpire(TimerKind.KeepAlive, limit))
        {
            OnKeepAlive(core, limit);
        }

        if (timers.TryExpire(TimerKind.UserTimeout, limit))
        {
            OnUserTimeout(core, limit);
        }

        if (timers.TryExpire(TimerKind.Idle, limit))
        {
            OnIdle(core, limit);
        }
    }

    /// <summary>Fills the next batch: datagrams of equal size, of which the last may be shorter. When nothing is left to send it sees
    /// whether the connection is over and when it wants to be woken.</summary>
    public int Fill(Span<byte> buffer, int maxSegments, long nowNs, out int segmentSize)
    {
        SettleEnd();
        int length = FillSegments(buffer, maxSegments, nowNs, out segmentSize);
        _connection.TellWritable();
        if (length > 0)
        {
            Rearm(nowNs); // a driver whose socket is full comes back later, and timers must be right until then
            return length;
        }

        if (_isClosing && _connection.State == ConnectionState.Open && !Acks.HasUnacknowledged)
        {
            _connection.CloseInOrder(nowNs);
        }

        Rearm(nowNs);
        return 0;
    }

    private void OnHeard(long nowNs)
    {
        _lastHeardNs = nowNs;
        if (_isTrimmed)
        {
            // It is no longer idle, and when it is again its memory is to be given back again: the next look is not a whole time-out away.
            _isTrimmed = false;
            Timers.Stop(TimerKind.Idle);
        }

        if (_connection.State == ConnectionState.Confirming)
        {
            _connection.OnConfirmed(nowNs);
        }
    }

    private void OnData(in DataPacket packet, long nowNs)
    {
        ref ConnectionCounters stats = ref Core.Stats;
        stats.DataReceived++;
        long number = Acks.Reconstruct(packet.PacketNumberLow);
        if (!IsLawful(number))
        {
            Break(ArqCloseCode.Protocol, nowNs);
            return;
        }

        ReceiveStream receive = Receive;
        long before = receive.InOrderEnd;
        ReceiveResult result = receive.Receive(packet.Offset, packet.Payload, packet.IsFin);
        int length = packet.Payload.Length;
        long frame = Core.Options.FrameSize > 0 ? packet.Offset / Core.Options.FrameSize : TraceEvent.NotApplicable;
        byte flags = Core.Options.Mode == ArqMode.StopAndWait && (packet.Flags & PacketLayout.DataAlternate) != 0
            ? PacketLayout.AckAlternate : (byte)0;
        bool atOnce = packet.AsksForAck || packet.IsFin;
        switch (result)
        {
            case ReceiveResult.BeyondCredit:
                Trace.Frame(TraceEventKind.FrameDiscarded, nowNs, number, packet.Offset, length, frame, TraceCause.OutsideWindow);
                Break(ArqCloseCode.FlowControl, nowNs);
                return;
            case ReceiveResult.Contradiction:
                Break(ArqCloseCode.Protocol, nowNs);
                return;
            case ReceiveResult.Overload:
                // Not acknowledged: only what is stored is.
                Trace.Frame(TraceEventKind.FrameDiscarded, nowNs, number, packet.Offset, length, frame, TraceCause.Overload);
                return;
            case ReceiveResult.Discarded:
                stats.OutOfOrderReceived++;
                flags |= PacketLayout.AckGap;
                Trace.Frame(TraceEventKind.FrameDiscarded, nowNs, number, packet.Offset, length, frame, TraceCause.OutOfOrder);
                break;
            case ReceiveResult.Duplicate:
                stats.DuplicatesReceived++;
                flags |= PacketLayout.AckDuplicate;
                atOnce = true;
                Trace.Frame(TraceEventKind.FrameDuplicate, nowNs, number, packet.Offset, length, frame);
                break;
            case ReceiveResult.OutOfOrder:
                stats.OutOfOrderReceived++;
                atOnce |= receive.MadeNewGap;
                flags |= PacketLayout.AckGap;
                Trace.Frame(TraceEventKind.FrameReceived, nowNs, number, packet.Offset, length, frame, value: receive.InOrderEnd);
                break;
            default:
                atOnce |= result == ReceiveResult.GapFilled;
                stats.BytesDelivered += receive.InOrderEnd - before;
                Trace.Frame(TraceEventKind.FrameReceived, nowNs, number, packet.Offset, length, frame, value: receive.InOrderEnd);
                break;
        }

        receive.NoticePace(nowNs, Core.RoundTrip.SmoothedNs);
        Acks.OnPacket(number, nowNs);
        Acks.Ask(number, atOnce, flags, nowNs);
        _connection.TellReadable(receive);
    }

    private void OnProbe(uint numberLow, long nowNs)
    {
        long number = Acks.Reconstruct(numberLow);
        if (!IsLawful(number))
        {
            Break(ArqCloseCode.Protocol, nowNs);
            return;
        }

        Core.Stats.ProbesReceived++;
        Acks.OnPacket(number, nowNs);
        Acks.Ask(number, atOnce: true, 0, nowNs);
    }

    private void OnAck(in AckPacket ack, long nowNs)
    {
        SendCore core = Core;
        core.Stats.AcksReceived++;
        Trace.Note(
            TraceEventKind.AcknowledgementReceived,
            nowNs,
            value: ack.Serial,
            secondValue: ack.Limit,
            packetNumber: ack.Largest,
            offset: ack.Cumulative);
        bool isNewest = !core.HasAck || (int)(ack.Serial - core.LastAckSerial) > 0;
        if (isNewest)
        {
            core.HasAck = true;
            core.LastAckSerial = ack.Serial;
        }

        SendStream stream = core.Stream;
        long limitBefore = stream.Limit;
        long unacknowledgedBefore = stream.Unacknowledged;
        int sizeBefore = DatagramSize;
        ArqCloseCode broken = Strategy.OnAck(ack, isNewest, nowNs);
        if (broken != ArqCloseCode.None)
        {
            Break(broken, nowNs);
            return;
        }

        if (stream.Limit > limitBefore)
        {
            OnCredit();
            Trace.Note(
                TraceEventKind.WindowChanged, nowNs, value: stream.Limit, secondValue: limitBefore, offset: stream.Unacknowledged);
        }

        if (stream.Unacknowledged > unacknowledgedBefore)
        {
            OnProgress(nowNs);
        }

        if (DatagramSize != sizeBefore)
        {
            ReportDatagramSize(nowNs);
        }
    }

    /// <summary>The peer has more of what we sent.</summary>
    private void OnProgress(long nowNs)
    {
        _lastProgressNs = nowNs;
        _connection.TellWritable();
    }

    /// <summary>Credit grew: the next window probe, if one is ever needed, comes soon again.</summary>
    private void OnCredit()
    {
        _windowProbes = 0;
        Timers.Stop(TimerKind.WindowProbe);
    }

    private void ReportDatagramSize(long nowNs)
    {
        Core.Congestion.SetDatagramSize(DatagramSize);
        Trace.Note(TraceEventKind.DatagramSizeChanged, nowNs, value: DatagramSize);
    }

    private void Break(ArqCloseCode code, long nowNs)
        => _connection.Fail(code, TraceCause.ProtocolViolation, tellPeer: true, nowNs);

    /// <summary>Number 0 is that of the packet of the opening.</summary>
    private static bool IsLawful(long number) => number is > 0 and < (long)StreamLimits.EndOfNumbers;

    private void OnRetransmission(long nowNs)
    {
        Strategy.OnTimeout(nowNs);
        if (Strategy is SelectiveRepeatSender repeat && _sizer.OnTimeouts(repeat.ProbeTimeouts))
        {
            ReportDatagramSize(nowNs);
        }
    }

    private void OnWindowProbe(SendCore core, long nowNs)
    {
        Trace.Note(TraceEventKind.TimerFired, nowNs, TraceCause.WindowProbe, secondValue: _windowProbes);
        _windowProbes++;
        if (core.Stream.CreditBytes > 0)
        {
            _mayCutToCredit = true;
        }
        else
        {
            _probeDue = ProbeKind.Blocked;
        }
    }

    private void OnKeepAlive(SendCore core, long nowNs)
    {
        long due = _lastHeardNs + core.Options.KeepAliveNs;
        if (due > nowNs)
        {
            Timers.Set(TimerKind.KeepAlive, due);
            return;
        }

        if (core.Packets.OutstandingCount == 0)
        {
            _probeDue = ProbeKind.KeepAlive;
        }

        Timers.Set(TimerKind.KeepAlive, nowNs + core.Options.KeepAliveNs);
    }

    private void OnUserTimeout(SendCore core, long nowNs)
    {
        long due = _lastProgressNs + core.Options.UserTimeoutNs;
        if (due > nowNs)
        {
            Timers.Set(TimerKind.UserTimeout, due);
            return;
        }

        _connection.Fail(ArqCloseCode.Timeout, TraceCause.UserTimeout, tellPeer: true, nowNs);
    }

    private void OnIdle(SendCore core, long nowNs)
    {
        long quiet = nowNs - _lastHeardNs;
        if (!_isTrimmed && quiet >= QuietNs)
        {
            _isTrimmed = true;
            Trim();
        }

        if (IsOnlyLastAckMissing(core) && nowNs >= LingerEnd(core))
        {
            _connection.CloseInOrder(nowNs);
            return;
        }

        if (quiet >= core.Options.IdleTimeoutNs)
        {
            _connection.Fail(ArqCloseCode.Timeout, TraceCause.IdleTimeout, tellPeer: false, nowNs);
            return;
        }

        Timers.Set(TimerKind.Idle, IdleDeadline(core));
    }

    private void Trim()
    {
        Core.Stream.Trim();
        Strategy.Trim();
        Receive.Trim();
        Acks.Trim();
    }

    private long IdleDeadline(SendCore core)
    {
        long wait = core.Options.IdleTimeoutNs;
        if (!_isTrimmed)
        {
            wait = Math.Min(wait, QuietNs);
        }

        long deadline = _lastHeardNs + wait;
        return IsOnlyLastAckMissing(core) ? Math.Min(deadline, LingerEnd(core)) : deadline;
    }

    /// <summary>The peer ended and has all our bytes; only its word on our FIN is missing. It may be gone already, which is no
    /// loss.</summary>
    private bool IsOnlyLastAckMissing(SendCore core)
        => Receive.IsComplete && core.Stream.IsFinSent && core.Stream.IsAllDataAcknowledged;

    /// <summary>Long enough for many repetitions of the FIN after anything last happened.</summary>
    private long LingerEnd(SendCore core)
        => Math.Max(_lastHeardNs, _lastProgressNs) + Math.Clamp(LingerTimeouts * core.ProbeTimeoutNs, MinLingerNs, MaxLingerNs);

    private void SettleEnd()
    {
        if (_connection.State != ConnectionState.Open || !Core.Stream.IsFinAcknowledged)
        {
            return;
        }

        _connection.TellFinished();
        if (!_isClosing && Receive.IsComplete)
        {
            _isClosing = true;
            if (Acks.HasUnacknowledged)
            {
                Acks.AskNow();
            }
        }
    }

    private int FillSegments(Span<byte> buffer, int maxSegments, long nowNs, out int segmentSize)
    {
        segmentSize = 0;
        int length = 0;
        _isHeldByPacer = false;
        for (int segment = 0; segment < maxSegments; segment++)
        {
            int room = Math.Min(buffer.Length, DatagramLimits.MaxPayload) - length;
            room = segment == 0 ? room : Math.Min(room, segmentSize);
            int size = room <= 0 ? 0 : Build(buffer.Slice(length, room), segment == 0, nowNs);
            if (size == 0)
            {
                break;
            }

            length += size;
            segmentSize = segment == 0 ? size : segmentSize;
            if (size < segmentSize)
            {
                break;
            }
        }

        return length;
    }

    /// <summary>Writes whatever is due, in the order handshake, acknowledgement, probe, lost bytes, new bytes.</summary>
    private int Build(Span<byte> room, bool isFirst, long nowNs)
    {
        if (_connection.State == ConnectionState.Open)
        {
            return BuildOpen(room, isFirst, nowNs);
        }

        return _connection is { State: ConnectionState.Confirming, Handshake: { } handshake }
            ? BuildConfirming(handshake, room, nowNs)
            : 0;
    }

    private int BuildConfirming(ClientHandshake handshake, Span<byte> room, long nowNs)
    {
        bool isDue = handshake.IsConfirmDue;
        int length = 0;
        SendCore core = Core;
        bool carriesData = core.Options.FrameSize == 0 && room.Length >= PacketLayout.ConfirmLength + ShortestDataRoom;
        if (carriesData)
        {
            length = BuildData(room, PacketLayout.ConfirmLength, nowNs);
        }

        if (length == 0 && !isDue)
        {
            return 0;
        }

        if (room.Length < PacketLayout.ConfirmLength)
        {
            return 0;
        }

        handshake.WriteConfirm(room[..PacketLayout.ConfirmLength], nowNs);
        return Math.Max(length, PacketLayout.ConfirmLength);
    }

    private int BuildOpen(Span<byte> room, bool isFirst, long nowNs)
    {
        SendCore core = Core;
        int length = 0;
        if (Acks.IsDue || MayAckRide(core, nowNs))
        {
            length = BuildAck(room, nowNs);
            if (length == 0 || core.Options.FrameSize > 0 || room.Length - length < ShortestDataRoom)
            {
                return length;
            }
        }
        else if (isFirst)
        {
            int probe = BuildSizeProbe(room, nowNs);
            if (probe > 0)
            {
                return probe;
            }
        }

        int withProbe = BuildProbe(room, length, nowNs);
        if (withProbe > 0)
        {
            return withProbe;
        }

        int total = BuildData(room, length, nowNs);
        return total > 0 ? total : length;
    }

    /// <summary>Whether an acknowledgement that is not yet due fits beside all that is about to leave: then a reply carries it, and
    /// neither a timer nor the next request makes a datagram of it.</summary>
    private bool MayAckRide(SendCore core, long nowNs)
    {
        const int Acknowledgement = PacketLayout.AckFixedLength + VariableInteger.MaxLength;
        long unsent = core.Stream.UnsentBytes;
        if (unsent == 0 || core.Options.FrameSize > 0 || !Acks.HasUnacknowledged || core.Stream.FlushedTo < core.Stream.Written)
        {
            return false;
        }

        long size = unsent + PacketLayout.DataHeaderLength;
        return Acknowledgement + size <= DatagramSize
            && unsent <= core.Stream.CreditBytes
            && core.Packets.BytesInFlight + size <= core.Congestion.WindowBytes
            && core.Pacer.MaySend((int)size, nowNs + core.GranularityNs);
    }

    private int BuildAck(Span<byte> room, long nowNs)
    {
        const int Least = PacketLayout.AckFixedLength + VariableInteger.MaxLength;
        room = room[..Math.Min(room.Length, Math.Max(DatagramSize, PacketLayout.MinSynLength))];
        bool isShort = Core.Options.Mode != ArqMode.SelectiveRepeat;
        if (room.Length < (isShort ? PacketLayout.AckFixedLength + 1 : Least))
        {
            return 0;
        }

        int length = Acks.Write(room, PeerId, Seed, Receive, nowNs, out long largest);
        Core.Stats.AcksSent++;
        Trace.Note(
            TraceEventKind.AcknowledgementSent,
            nowNs,
            value: Acks.Serial,
            secondValue: Receive.Limit,
            packetNumber: largest,
            offset: Receive.Cumulative,
            length: length);
        return length;
    }

    private int BuildSizeProbe(Span<byte> room, long nowNs)
    {
        int size = _sizer.WantedProbe;
        SendCore core = Core;
        if (size == 0 || size > room.Length || !core.HasAck || core.Packets.OutstandingCount == 0
            || core.Packets.BytesInFlight + size > core.Congestion.WindowBytes)
        {
            return 0;
        }

        long number = WriteProbe(room[..size], ProbeKind.Mtu, size, nowNs);
        _sizer.OnProbeSent(number);
        return size;
    }

    private int BuildProbe(Span<byte> room, int at, long nowNs)
    {
        ProbeKind? kind = Strategy.WantsPing ? ProbeKind.Ping : _probeDue;
        if (kind is null || room.Length - at < PacketLayout.ProbeLength)
        {
            return 0;
        }

        _probeDue = null;
        WriteProbe(room.Slice(at, PacketLayout.ProbeLength), kind.Value, Core.Stream.Highest, nowNs);
        Strategy.OnProbeSent();
        return at + PacketLayout.ProbeLength;
    }

    private long WriteProbe(Span<byte> packet, ProbeKind kind, long argument, long nowNs)
    {
        SendCore core = Core;
        long number = core.Packets.Next;
        packet.Clear();
        PacketLayout.WriteHeader(packet, PacketType.Probe, 0, PeerId);
        PacketLayout.WriteUInt32(packet, PacketLayout.ProbePacketNumber, (uint)number);
        packet[PacketLayout.ProbeKindAt] = (byte)kind;
        PacketLayout.WriteUInt64(packet, PacketLayout.ProbeArgument, (ulong)argument);
        PacketLayout.Seal(packet, Seed);
        Record(
            new SentPacket
            {
                SentNs = nowNs,
                Size = packet.Length,
                Offset = core.Stream.Highest,
                IsProbe = true,
                Probe = kind,
                Frame = -1
            });
        Trace.Note(TraceEventKind.ProbeSent, nowNs, CauseOf(kind), packetNumber: number, length: packet.Length);
        return number;
    }

    private int BuildData(Span<byte> room, int at, long nowNs)
    {
        SendCore core = Core;
        int full = core.Options.FrameSize > 0 ? core.Options.FrameSize : DatagramSize - PacketLayout.DataHeaderLength;
        int here = Math.Min(room.Length, DatagramSize) - at - PacketLayout.DataHeaderLength;
        if (here <= 0)
        {
            return 0;
        }

        bool nothingInFlight = core.Packets.OutstandingCount == 0;
        bool allowShort = nothingInFlight || core.Options.FlushEachWrite;
        bool isFixed = core.Options.FrameSize > 0;
        if (!Strategy.TryChoose(isFixed || at == 0 ? full : here, allowShort, _mayCutToCredit, out FrameChoice choice))
        {
            NoteApplicationLimited(core);
            return 0;
        }

        // A frame that does not fit into the rest of this datagram begins the next batch; datagrams of a batch are equal.
        if (choice.Length > here)
        {
            return 0;
        }

        int size = choice.Length + PacketLayout.DataHeaderLength;
        if (!choice.IsProbe && core.Packets.BytesInFlight + size > core.Congestion.WindowBytes && !(nothingInFlight && isFixed))
        {
            return 0;
        }

        if (!choice.IsProbe && !core.Pacer.MaySend(size, nowNs + core.GranularityNs))
        {
            _isHeldByPacer = true;
            return 0;
        }

        WriteData(room.Slice(at, size), choice, full, nowNs);
        return at + size;
    }

    private void WriteData(Span<byte> packet, in FrameChoice choice, int fullFrame, long nowNs)
    {
        SendCore core = Core;
        if (Strategy.ShouldSkipNumber(_random))
        {
            core.Packets.Add(new SentPacket { State = SentPacketState.Skipped, SentNs = nowNs });
        }

        long number = core.Packets.Next;
        core.Stream.Read(choice.Offset, packet[PacketLayout.DataHeaderLength..]);
        Record(
            new SentPacket
            {
                SentNs = nowNs,
                Offset = choice.Offset,
                Length = choice.Length,
                IsFin = choice.IsFin,
                Size = packet.Length,
                Frame = choice.Frame,
                Phase = core.Congestion.Phase,
            });
        core.Congestion.OnSent(packet.Length, nowNs);
        core.Pacer.OnSent(packet.Length);
        if (!choice.IsRetransmission)
        {
            core.Stream.OnSentNew(choice);
            _mayCutToCredit = false;
        }

        Strategy.OnSent(choice, number, nowNs);
        DataPacket.WriteHeader(packet, FlagsOf(choice, fullFrame, core), PeerId, number, choice.Offset);
        PacketLayout.Seal(packet, Seed);
        Count(choice, number, nowNs, core);
    }

    private void Record(SentPacket packet)
    {
        SendCore core = Core;
        packet.State = SentPacketState.Outstanding;
        core.Rate.OnSent(ref packet, core.Packets.OutstandingCount == 0);
        core.Packets.Add(packet);
        core.LastElicitingSentNs = packet.SentNs;
        core.Stats.PacketsSent++;
    }

    private void Count(in FrameChoice choice, long number, long nowNs, SendCore core)
    {
        core.Stats.BytesSent += choice.Length;
        if (choice.IsRetransmission)
        {
            core.Stats.PacketsRetransmitted++;
            core.Stats.BytesRetransmitted += choice.Length;
            switch (choice.Cause)
            {
                case TraceCause.Timeout or TraceCause.ProbeTimeout or TraceCause.PersistentCongestion:
                    core.Stats.RetransmittedAfterTimeout++;
                    break;
                case TraceCause.GoBackRewind:
                    core.Stats.RetransmittedInRewind++;
                    break;
            }
        }

        Trace.Frame(
            choice.IsRetransmission ? TraceEventKind.FrameRetransmitted : TraceEventKind.FrameSent,
            nowNs,
            number,
            choice.Offset,
            choice.Length,
            choice.Frame,
            choice.Cause,
            choice.ReplacedPacketNumber);
    }

    private static byte FlagsOf(in FrameChoice choice, int fullFrame, SendCore core)
    {
        int flags = choice.IsFin ? PacketLayout.DataFin : 0;
        flags |= choice.IsRetransmission ? PacketLayout.DataRetransmission : 0;
        flags |= choice.IsProbe ? PacketLayout.DataProbe | PacketLayout.DataAckNow : 0;
        if (core.Options.Mode == ArqMode.StopAndWait)
        {
            return (byte)(flags | ((choice.Frame & 1) != 0 ? PacketLayout.DataAlternate : 0));
        }

        // Who cannot go on before an acknowledgement asks for it instead of waiting for the peer's patience to end.
        SendStream stream = core.Stream;
        bool isBlocked = stream.HasUnsent
            && (core.Packets.BytesInFlight + fullFrame + PacketLayout.DataHeaderLength > core.Congestion.WindowBytes
                || stream.IsShortOfCredit(fullFrame)
                || stream.Highest - stream.Unacknowledged + fullFrame > (long)core.Options.WindowFrames * fullFrame);
        return (byte)(flags | (isBlocked ? PacketLayout.DataAckNow : 0));
    }

    private static void NoteApplicationLimited(SendCore core)
    {
        if (!core.Stream.HasUnsent && core.Packets.BytesInFlight < core.Congestion.WindowBytes)
        {
            core.Rate.OnApplicationLimited(core.Packets.BytesInFlight);
        }
    }

    private static TraceCause CauseOf(ProbeKind kind) => kind switch
    {
        ProbeKind.Mtu => TraceCause.DatagramSizeProbe,
        ProbeKind.Blocked => TraceCause.WindowProbe,
        ProbeKind.KeepAlive => TraceCause.KeepAlive,
        _ => TraceCause.Ping,
    };

    /// <summary>Arms the timers after everything due was sent.</summary>
    private void Rearm(long nowNs)
    {
        if (_connection.State is not (ConnectionState.Open or ConnectionState.Confirming))
        {
            return;
        }

        ref TimerTable timers = ref Timers;
        SendCore core = Core;
        timers.Set(TimerKind.Retransmission, Strategy.TimeoutDeadlineNs);
        timers.Set(TimerKind.LossDetection, Strategy.LossDeadlineNs);
        timers.Set(TimerKind.AckDelay, Acks.DeadlineNs);
        timers.Set(TimerKind.Pacing, _isHeldByPacer
            ? core.Pacer.WhenReady(PacingQuantum(core, DatagramSize)) : TimerTable.Never);
        RearmWindowProbe(core, nowNs);
        bool isWaiting = core.Stream.HeldBytes > 0 || (core.Stream.IsFinished && !core.Stream.IsFinAcknowledged);
        if (!isWaiting)
        {
            timers.Stop(TimerKind.UserTimeout);
        }
        else if (!timers.IsArmed(TimerKind.UserTimeout))
        {
            timers.Set(TimerKind.UserTimeout, _lastProgressNs + core.Options.UserTimeoutNs);
        }

        if (!timers.IsArmed(TimerKind.Idle) || IsOnlyLastAckMissing(core))
        {
            timers.Set(TimerKind.Idle, IdleDeadline(core));
        }

        if (core.Options.KeepAliveNs > 0 && !timers.IsArmed(TimerKind.KeepAlive))
        {
            timers.Set(TimerKind.KeepAlive, _lastHeardNs + core.Options.KeepAliveNs);
        }
    }

    private static long PacingQuantum(SendCore core, int datagramSize)
    {
        const long NsPerSecond = 1_000_000_000;
        const long MostBytes = 64 << 10;
        long perTick = (long)((double)core.Pacer.BytesPerSecond * core.GranularityNs / NsPerSecond);
        return Math.Min(MostBytes, Math.Max(perTick, datagramSize));
    }

    private void RearmWindowProbe(SendCore core, long nowNs)
    {
        ref TimerTable timers = ref Timers;
        bool isStuck = _connection.State == ConnectionState.Open
            && core.Packets.OutstandingCount == 0
            && core.Stream.IsShortOfCredit(FrameRoom)
            && !_mayCutToCredit;
        if (!isStuck)
        {
            timers.Stop(TimerKind.WindowProbe);
        }
        else if (!timers.IsArmed(TimerKind.WindowProbe))
        {
            timers.Set(TimerKind.WindowProbe, nowNs + Math.Min(MaxProbeIntervalNs, core.ProbeTimeoutNs << Math.Min(_windowProbes, 10)));
        }
    }

    private int DatagramSizeOf(ConnectionOptions agreed)
        => agreed.FrameSize > 0 ? agreed.FrameSize + PacketLayout.DataHeaderLength : _sizer.Current;
}
