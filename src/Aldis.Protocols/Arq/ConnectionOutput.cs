using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>Puts the datagrams of one connection together: what is due goes in the order handshake, acknowledgement, probe, lost
/// bytes, new bytes.</summary>
internal sealed class ConnectionOutput(ArqConnection connection, IArqRandom random)
{
    private const int ShortestDataRoom = PacketLayout.DataHeaderLength + 64;

    /// <summary>A probe to send once: a sign of life or a question for credit.</summary>
    public ProbeKind? ProbeDue { get; set; }

    /// <summary>Whether a frame may be cut by the end of credit, because waiting for more led to nothing.</summary>
    public bool MayCutToCredit { get; set; }

    /// <summary>Whether the last fill ended because the pacer had no tokens.</summary>
    public bool IsHeldByPacer { get; private set; }

    /// <summary>Fills datagrams of equal size, of which the last may be shorter.</summary>
    public int Fill(Span<byte> buffer, int maxSegments, long nowNs, out int segmentSize)
    {
        segmentSize = 0;
        int length = 0;
        IsHeldByPacer = false;
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

    /// <summary>Writes a SYN or CONFIRM of its own if the handshake timer asks for it, else whatever is due.</summary>
    private int Build(Span<byte> room, bool isFirst, long nowNs)
    {
        if (connection.State == ConnectionState.SynSent)
        {
            return isFirst ? connection.Handshake!.TryWriteSyn(room, nowNs) : 0;
        }

        if (connection.State == ConnectionState.Confirming)
        {
            return BuildConfirming(room, nowNs);
        }

        return connection.State == ConnectionState.Open ? BuildOpen(room, isFirst, nowNs) : 0;
    }

    private int BuildConfirming(Span<byte> room, long nowNs)
    {
        ClientHandshake handshake = connection.Handshake!;
        bool isDue = handshake.IsConfirmDue;
        int length = 0;
        SendCore core = connection.Core!;
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
        SendCore core = connection.Core!;
        int length = 0;
        if (connection.Acks!.IsDue || MayAckRide(core, nowNs))
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
        if (unsent == 0 || core.Options.FrameSize > 0 || !connection.Acks!.HasUnacknowledged || core.Stream.FlushedTo < core.Stream.Written)
        {
            return false;
        }

        long size = unsent + PacketLayout.DataHeaderLength;
        return Acknowledgement + size <= connection.DatagramSize
            && unsent <= core.Stream.CreditBytes
            && core.Packets.BytesInFlight + size <= core.Congestion.WindowBytes
            && core.Pacer.MaySend((int)size, nowNs + core.GranularityNs);
    }

    private int BuildAck(Span<byte> room, long nowNs)
    {
        const int Least = PacketLayout.AckFixedLength + VariableInteger.MaxLength;
        room = room[..Math.Min(room.Length, Math.Max(connection.DatagramSize, PacketLayout.MinSynLength))];
        bool isShort = connection.Core!.Options.Mode != ArqMode.SelectiveRepeat;
        if (room.Length < (isShort ? PacketLayout.AckFixedLength + 1 : Least))
        {
            return 0;
        }

        int length = connection.Acks!.Write(room, connection.PeerId, connection.Seed, connection.Receive!, nowNs, out long largest);
        connection.Core.Stats.AcksSent++;
        connection.Trace.Note(
            TraceEventKind.AcknowledgementSent,
            nowNs,
            value: connection.Acks.Serial,
            secondValue: connection.Receive!.Limit,
            packetNumber: largest,
            offset: connection.Receive.Cumulative,
            length: length);
        return length;
    }

    private int BuildSizeProbe(Span<byte> room, long nowNs)
    {
        int size = connection.Sizer.WantedProbe;
        SendCore core = connection.Core!;
        if (size == 0 || size > room.Length || !core.HasAck || core.Packets.OutstandingCount == 0
            || core.Packets.BytesInFlight + size > core.Congestion.WindowBytes)
        {
            return 0;
        }

        long number = WriteProbe(room[..size], ProbeKind.Mtu, size, nowNs);
        connection.Sizer.OnProbeSent(number);
        return size;
    }

    private int BuildProbe(Span<byte> room, int at, long nowNs)
    {
        ProbeKind? kind = connection.Strategy!.WantsPing ? ProbeKind.Ping : ProbeDue;
        if (kind is null || room.Length - at < PacketLayout.ProbeLength)
        {
            return 0;
        }

        ProbeDue = null;
        WriteProbe(room.Slice(at, PacketLayout.ProbeLength), kind.Value, connection.Core!.Stream.Highest, nowNs);
        connection.Strategy.OnProbeSent();
        return at + PacketLayout.ProbeLength;
    }

    private long WriteProbe(Span<byte> packet, ProbeKind kind, long argument, long nowNs)
    {
        SendCore core = connection.Core!;
        long number = core.Packets.Next;
        packet.Clear();
        PacketLayout.WriteHeader(packet, PacketType.Probe, 0, connection.PeerId);
        PacketLayout.WriteUInt32(packet, PacketLayout.ProbePacketNumber, (uint)number);
        packet[PacketLayout.ProbeKindAt] = (byte)kind;
        PacketLayout.WriteUInt64(packet, PacketLayout.ProbeArgument, (ulong)argument);
        PacketLayout.Seal(packet, connection.Seed);
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
        connection.Trace.Note(TraceEventKind.ProbeSent, nowNs, CauseOf(kind), packetNumber: number, length: packet.Length);
        return number;
    }

    private int BuildData(Span<byte> room, int at, long nowNs)
    {
        SendCore core = connection.Core!;
        int full = core.Options.FrameSize > 0 ? core.Options.FrameSize : connection.DatagramSize - PacketLayout.DataHeaderLength;
        int here = Math.Min(room.Length, connection.DatagramSize) - at - PacketLayout.DataHeaderLength;
        if (here <= 0)
        {
            return 0;
        }

        bool nothingInFlight = core.Packets.OutstandingCount == 0;
        bool allowShort = nothingInFlight || core.Options.FlushEachWrite;
        bool isFixed = core.Options.FrameSize > 0;
        if (!connection.Strategy!.TryChoose(isFixed || at == 0 ? full : here, allowShort, MayCutToCredit, out FrameChoice choice))
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
            IsHeldByPacer = true;
            return 0;
        }

        WriteData(room.Slice(at, size), choice, full, nowNs);
        return at + size;
    }

    private void WriteData(Span<byte> packet, in FrameChoice choice, int fullFrame, long nowNs)
    {
        SendCore core = connection.Core!;
        if (connection.Strategy!.ShouldSkipNumber(random))
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
            MayCutToCredit = false;
        }

        connection.Strategy.OnSent(choice, number, nowNs);
        DataPacket.WriteHeader(packet, FlagsOf(choice, fullFrame, core), connection.PeerId, number, choice.Offset);
        PacketLayout.Seal(packet, connection.Seed);
        Count(choice, number, nowNs, core);
    }

    private void Record(SentPacket packet)
    {
        SendCore core = connection.Core!;
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
        }

        connection.Trace.Frame(
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
}
