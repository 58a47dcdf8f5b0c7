using Aldis.Protocols.Arq.Receiving;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>What the packets for a connection do to it. Each came from the peer: its checksum was right.</summary>
internal static class ConnectionInput
{
    /// <summary>Takes a packet. One that breaks the rules ends the connection: with a right checksum it is what the peer wrote, and
    /// silence would leave the peer waiting for an answer.</summary>
    /// <param name="connection">Whose number it bears.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="type">Its type.</param>
    /// <param name="stats">What the endpoint counts.</param>
    /// <param name="nowNs">Now.</param>
    public static void Take(ArqConnection connection, ReadOnlySpan<byte> packet, PacketType type, ref EndpointStats stats, long nowNs)
    {
        switch (type)
        {
            case PacketType.Data when DataPacket.TryParse(packet, out DataPacket data):
                connection.OnHeard(nowNs);
                OnData(connection, data, nowNs);
                break;
            case PacketType.Ack when AckPacket.TryParse(packet, out AckPacket ack):
                connection.OnHeard(nowNs);
                OnAck(connection, ack, nowNs);
                break;
            case PacketType.Probe when packet.Length >= PacketLayout.ProbeLength:
                connection.OnHeard(nowNs);
                OnProbe(connection, PacketLayout.ReadUInt32(packet, PacketLayout.ProbePacketNumber), nowNs);
                break;
            case PacketType.Reset:
                OnReset(connection, packet, ref stats, nowNs);
                break;
            case PacketType.SynAck:
                connection.Handshake?.OnSynAck(packet, nowNs);
                break;
            case PacketType.Data or PacketType.Ack or PacketType.Probe:
                stats.Malformed++;
                Break(connection, ArqCloseCode.Protocol, nowNs);
                break;
            default:
                stats.UnknownType++;
                connection.Trace.Note(TraceEventKind.PacketIgnored, nowNs, TraceCause.UnknownType, length: packet.Length);
                break;
        }
    }

    private static void OnData(ArqConnection connection, in DataPacket packet, long nowNs)
    {
        ref ConnectionCounters stats = ref connection.Core!.Stats;
        stats.DataReceived++;
        long number = connection.Acks!.Reconstruct(packet.PacketNumberLow);
        if (!IsLawful(number))
        {
            Break(connection, ArqCloseCode.Protocol, nowNs);
            return;
        }

        ReceiveStream receive = connection.Receive!;
        long before = receive.InOrderEnd;
        ReceiveResult result = receive.Receive(packet.Offset, packet.Payload, packet.IsFin);
        int length = packet.Payload.Length;
        long frame = connection.Options.FrameSize > 0 ? packet.Offset / connection.Options.FrameSize : TraceEvent.NotApplicable;
        byte flags = connection.Options.Mode == ArqMode.StopAndWait && (packet.Flags & PacketLayout.DataAlternate) != 0
            ? PacketLayout.AckAlternate : (byte)0;
        bool atOnce = packet.AsksForAck || packet.IsFin;
        switch (result)
        {
            case ReceiveResult.BeyondCredit:
                connection.Trace.Frame(TraceEventKind.FrameDiscarded, nowNs, number, packet.Offset, length, frame,
                    TraceCause.OutsideWindow);
                Break(connection, ArqCloseCode.FlowControl, nowNs);
                return;
            case ReceiveResult.Contradiction:
                Break(connection, ArqCloseCode.Protocol, nowNs);
                return;
            case ReceiveResult.Overload:
                // Not acknowledged: only what is stored is.
                connection.Trace.Frame(TraceEventKind.FrameDiscarded, nowNs, number, packet.Offset, length, frame, TraceCause.Overload);
                return;
            case ReceiveResult.Discarded:
                stats.OutOfOrderReceived++;
                flags |= PacketLayout.AckGap;
                connection.Trace.Frame(TraceEventKind.FrameDiscarded, nowNs, number, packet.Offset, length, frame, TraceCause.OutOfOrder);
                break;
            case ReceiveResult.Duplicate:
                stats.DuplicatesReceived++;
                flags |= PacketLayout.AckDuplicate;
                atOnce = true;
                connection.Trace.Frame(TraceEventKind.FrameDuplicate, nowNs, number, packet.Offset, length, frame);
                break;
            case ReceiveResult.OutOfOrder:
                stats.OutOfOrderReceived++;
                atOnce |= receive.MadeNewGap;
                flags |= PacketLayout.AckGap;
                connection.Trace.Frame(TraceEventKind.FrameReceived, nowNs, number, packet.Offset, length, frame,
                    value: receive.InOrderEnd);
                break;
            default:
                atOnce |= result == ReceiveResult.GapFilled;
                stats.BytesDelivered += receive.InOrderEnd - before;
                connection.Trace.Frame(TraceEventKind.FrameReceived, nowNs, number, packet.Offset, length, frame,
                    value: receive.InOrderEnd);
                break;
        }

        receive.NoticePace(nowNs, connection.Core.RoundTrip.SmoothedNs);
        connection.Acks.OnPacket(number, nowNs);
        connection.Acks.Ask(number, atOnce, flags, nowNs);
        connection.TellReadable();
    }

    private static void OnProbe(ArqConnection connection, uint numberLow, long nowNs)
    {
        long number = connection.Acks!.Reconstruct(numberLow);
        if (!IsLawful(number))
        {
            Break(connection, ArqCloseCode.Protocol, nowNs);
            return;
        }

        connection.Acks.OnPacket(number, nowNs);
        connection.Acks.Ask(number, atOnce: true, 0, nowNs);
    }

    private static void OnAck(ArqConnection connection, in AckPacket ack, long nowNs)
    {
        SendCore core = connection.Core!;
        core.Stats.AcksReceived++;
        connection.Trace.Note(
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

        SendStream stream = connection.Stream;
        long limitBefore = stream.Limit;
        long unacknowledgedBefore = stream.Unacknowledged;
        int sizeBefore = connection.DatagramSize;
        ArqCloseCode broken = connection.Strategy!.OnAck(ack, isNewest, nowNs);
        if (broken != ArqCloseCode.None)
        {
            Break(connection, broken, nowNs);
            return;
        }

        if (stream.Limit > limitBefore)
        {
            connection.OnCredit();
            connection.Trace.Note(
                TraceEventKind.WindowChanged, nowNs, value: stream.Limit, secondValue: limitBefore, offset: stream.Unacknowledged);
        }

        if (stream.Unacknowledged > unacknowledgedBefore)
        {
            connection.OnProgress(nowNs);
        }

        if (connection.DatagramSize != sizeBefore)
        {
            connection.ReportDatagramSize(nowNs);
        }
    }

    /// <summary>A RESET needs the key (the nonce, while there is no key); one of a server that forgot us also needs that we ever heard
    /// the server: a CONFIRM may simply have been lost. That a CONFIRM came in vain is news only to who waits for the answer to
    /// it.</summary>
    private static void OnReset(ArqConnection connection, ReadOnlySpan<byte> packet, ref EndpointStats stats, long nowNs)
    {
        bool isOpening = connection.State == ConnectionState.SynSent;
        ulong expected = isOpening ? connection.Handshake!.Nonce : connection.Key;
        if (packet.Length < PacketLayout.ResetLength || PacketLayout.ReadUInt64(packet, PacketLayout.ResetProof) != expected)
        {
            stats.ForgedResets++;
            return;
        }

        ArqCloseCode code = MeaningOf(PacketLayout.ReadUInt32(packet, PacketLayout.ResetCode));
        bool isStateless = packet[PacketLayout.ResetOrigin] == PacketLayout.ResetStateless
            || (PacketLayout.FlagsOf(packet) & PacketLayout.ResetEcho) != 0;
        if (code == ArqCloseCode.Expired && connection.State == ConnectionState.Confirming)
        {
            connection.Handshake!.OnVainConfirm(nowNs);
        }
        else if (code == ArqCloseCode.Expired || (isStateless && connection.State != ConnectionState.Open))
        {
            stats.ForgedResets++;
        }
        else
        {
            connection.OnReset(code, nowNs);
        }
    }

    /// <summary>What a peer may say of an end. 0 would be none, and what only we can know of an attempt is not for it to say.</summary>
    private static ArqCloseCode MeaningOf(uint code)
    {
        var named = (ArqCloseCode)Math.Min(code, int.MaxValue);
        return code > int.MaxValue || named is ArqCloseCode.None or ArqCloseCode.ConnectTimeout or ArqCloseCode.Unreachable
            || named is > ArqCloseCode.Moved and < ArqCloseCode.Application
            ? ArqCloseCode.Aborted
            : named;
    }

    /// <summary>Number 0 is that of the packet of the opening.</summary>
    private static bool IsLawful(long number) => number is > 0 and < (long)StreamLimits.EndOfNumbers;

    private static void Break(ArqConnection connection, ArqCloseCode code, long nowNs)
        => connection.Fail(code, TraceCause.ProtocolViolation, tellPeer: true, nowNs);
}
