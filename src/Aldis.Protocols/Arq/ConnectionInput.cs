using Aldis.Protocols.Arq.Receiving;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>What the packets of an established connection do to it. Each came from the peer: its checksum was right.</summary>
internal static class ConnectionInput
{
    public static void OnData(ArqConnection connection, in DataPacket packet, long nowNs)
    {
        ref ConnectionCounters stats = ref connection.Core!.Stats;
        stats.DataReceived++;
        long number = connection.Acks!.Reconstruct(packet.PacketNumberLow);
        if (number is <= 0 or >= (long)StreamLimits.EndOfNumbers)
        {
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
                connection.Fail(ArqCloseCode.FlowControl, TraceCause.ProtocolViolation, tellPeer: true, nowNs);
                return;
            case ReceiveResult.Contradiction:
                connection.Fail(ArqCloseCode.Protocol, TraceCause.ProtocolViolation, tellPeer: true, nowNs);
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

    public static void OnProbe(ArqConnection connection, uint numberLow, long nowNs)
    {
        long number = connection.Acks!.Reconstruct(numberLow);
        if (number is > 0 and < (long)StreamLimits.EndOfNumbers)
        {
            connection.Acks.OnPacket(number, nowNs);
            connection.Acks.Ask(number, atOnce: true, 0, nowNs);
        }
    }

    public static void OnAck(ArqConnection connection, in AckPacket ack, long nowNs)
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
            connection.Fail(broken, TraceCause.ProtocolViolation, tellPeer: true, nowNs);
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
}
