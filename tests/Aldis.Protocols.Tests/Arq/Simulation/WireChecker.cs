using Aldis.Protocols.Arq;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>Checks every packet that an end of a connection sends, against what it was sent and what it was told.</summary>
internal sealed class WireChecker(ConnectionOptions options)
{
    private const int LargestRangeCount = 256;

    private readonly long _windowBytes = (long)options.WindowFrames * FrameBytes(options);

    public void Sent(SideView sender, SideView receiver, in WirePacket packet)
    {
        switch (packet.Type)
        {
            case WireType.Data:
                DataSent(sender, packet);
                break;
            case WireType.Probe:
                CheckPacketNumber(sender, packet);
                break;
            case WireType.Ack:
                AckSent(sender, receiver, packet);
                break;
            default:
                break;
        }
    }

    public void Received(SideView receiver, in WirePacket packet)
    {
        switch (packet.Type)
        {
            case WireType.Data:
                receiver.ReceivedPacketNumbers.Add(packet.PacketNumber);
                if (options.Mode != ArqMode.GoBackN || packet.Offset == receiver.ReceivedBytes.Frontier)
                {
                    receiver.ReceivedBytes.Add(packet.Offset, packet.End); // go-back-N keeps nothing else
                }

                receiver.AcksOwed++;
                break;
            case WireType.Probe:
                receiver.ReceivedPacketNumbers.Add(packet.PacketNumber);
                break;
            case WireType.Ack:
                receiver.Acknowledged = Math.Max(receiver.Acknowledged, packet.Cumulative);
                receiver.Credit = Math.Max(receiver.Credit, packet.Limit);
                if (options.HasFrameTimers)
                {
                    Confirm(receiver, packet);
                }

                break;
            case WireType.SynAck:
                receiver.Credit = Math.Max(receiver.Credit, packet.GrantedLimit);
                break;
            case WireType.Confirm:
                receiver.ReceivedPacketNumbers.Add(0);
                receiver.Credit = Math.Max(receiver.Credit, packet.GrantedLimit);
                break;
            default:
                break;
        }
    }

    private static long FrameBytes(ConnectionOptions options) =>
        options.FrameSize != 0 ? options.FrameSize
        : options.Mode == ArqMode.SelectiveRepeat ? options.MaxDatagramSize - WirePacket.DataHeaderBytes
        : 1024;

    private static void CheckPacketNumber(SideView sender, in WirePacket packet)
    {
        Require(
            packet.PacketNumber > sender.LastPacketNumber,
            Property.PacketNumbersIncrease,
            $"{packet.PacketNumber} after {sender.LastPacketNumber}");
        sender.LastPacketNumber = packet.PacketNumber;
    }

    private void DataSent(SideView sender, in WirePacket packet)
    {
        CheckPacketNumber(sender, packet);
        CheckContent(sender, packet);
        long end = packet.Offset + packet.Payload.Length;
        Require(
            end <= sender.Credit, Property.SendingStaysWithinCredit, $"bytes up to {end} with a limit of {sender.Credit}");
        Require(
            end - sender.Acknowledged <= _windowBytes,
            Property.SendingStaysWithinTheWindow,
            $"bytes up to {end} with {sender.Acknowledged} acknowledged and a window of {_windowBytes}");
        if (options.Mode == ArqMode.StopAndWait)
        {
            CheckStopAndWait(sender, packet);
        }

        if (options.HasFrameTimers)
        {
            CheckFrameTimers(sender, packet);
        }

        Require(
            !sender.MustStaySilent, Property.StaleAcknowledgementsCauseNoSend, $"data at {packet.Offset} after a stale acknowledgement");
        sender.DataSinceSettled++;
        sender.NewDataSinceSettled += packet.End > sender.SentEnd && !packet.IsTail && !packet.IsRetransmission ? 1 : 0;
        sender.SentEnd = Math.Max(sender.SentEnd, packet.End);
        sender.FinSent |= packet.IsFin;
    }

    private static void CheckContent(SideView sender, in WirePacket packet)
    {
        StreamApplication? application = sender.Application;
        if (application is null)
        {
            return;
        }

        long end = packet.Offset + packet.Payload.Length;
        bool isWritten = end <= application.Written && application.Outgoing.Matches(packet.Offset, packet.Payload);
        Require(isWritten, Property.SentBytesAreThoseWritten, $"[{packet.Offset}, {end}) of {application.Written} written");
        Require(
            !packet.IsFin || (application.Script.Finishes && end == application.Script.Bytes),
            Property.SentBytesAreThoseWritten,
            $"an end of stream at {end} that the application did not ask for");
    }

    private static void CheckStopAndWait(SideView sender, in WirePacket packet)
    {
        Require(
            packet.Offset == sender.Acknowledged,
            Property.StopAndWaitHasOneFrameOutstanding,
            $"a frame at {packet.Offset} while {sender.Acknowledged} is the oldest unacknowledged");
        if (sender.AlternateBits.TryGetValue(packet.Offset, out bool before))
        {
            Require(before == packet.IsAlternate, Property.StopAndWaitAlternates, $"a repetition at {packet.Offset} with the other bit");
            return;
        }

        bool alternates = sender.LastNewOffset < 0 || sender.AlternateBits[sender.LastNewOffset] != packet.IsAlternate;
        Require(alternates, Property.StopAndWaitAlternates, $"a new frame at {packet.Offset} with the bit of the frame before");
        sender.AlternateBits[packet.Offset] = packet.IsAlternate;
        sender.LastNewOffset = packet.Offset;
    }

    private void CheckFrameTimers(SideView sender, in WirePacket packet)
    {
        long nowNs = sender.Host.NowNs;
        Require(
            !sender.ConfirmedOffsets.Contains(packet.Offset),
            Property.AcknowledgedFramesAreNotRepeated,
            $"the frame at {packet.Offset} goes again, although an acknowledgement named it");
        Require(
            nowNs - sender.LastSentNs.GetValueOrDefault(packet.Offset, long.MinValue / 2) >= options.Retransmission.FixedTimeoutNs,
            Property.RepetitionsWaitForTheirTimer,
            $"the frame at {packet.Offset} goes again at {nowNs} ns, before its time-out");
        sender.LastSentNs[packet.Offset] = nowNs;
        sender.OffsetsSent[packet.PacketNumber] = packet.Offset;
    }

    private static void Confirm(SideView receiver, in WirePacket packet)
    {
        const int LeastKept = 64; // of older copies a sender may have forgotten which frame they carried
        foreach ((long first, long last) in packet.Ranges())
        {
            for (long number = Math.Max(first, receiver.LastPacketNumber - LeastKept + 1); number <= last; number++)
            {
                if (receiver.OffsetsSent.TryGetValue(number, out long offset))
                {
                    receiver.ConfirmedOffsets.Add(offset);
                }
            }
        }
    }

    private void AckSent(SideView sender, SideView receiver, in WirePacket packet)
    {
        Require(
            packet.SerialNumber > sender.LastSerialNumber && packet.Cumulative >= sender.LastCumulative && packet.Limit >= sender.LastLimit,
            Property.AcknowledgementsNeverShrink,
            $"serial {packet.SerialNumber} after {sender.LastSerialNumber}, next {packet.Cumulative} after {sender.LastCumulative}, "
            + $"limit {packet.Limit} after {sender.LastLimit}");
        sender.LastSerialNumber = packet.SerialNumber;
        sender.LastCumulative = packet.Cumulative;
        sender.LastLimit = packet.Limit;
        sender.AcksOwed--;

        Require(
            packet.Cumulative <= receiver.SentEnd,
            Property.OnlySentBytesAreAcknowledged,
            $"next expected {packet.Cumulative}, sent up to {receiver.SentEnd}");
        Require(
            packet.Cumulative <= sender.ReceivedBytes.Frontier,
            Property.AcknowledgedBytesAreStored,
            $"next expected {packet.Cumulative}, received in order up to {sender.ReceivedBytes.Frontier}");
        if (options.Mode == ArqMode.SelectiveRepeat)
        {
            CheckRanges(sender, packet);
        }
    }

    private static void CheckRanges(SideView sender, in WirePacket packet)
    {
        Require(packet.FurtherRanges <= LargestRangeCount, Property.OnlyReceivedPacketsAreAcknowledged, $"{packet.FurtherRanges} ranges");
        foreach ((long first, long last) in packet.Ranges())
        {
            Require(first >= 0 && first <= last, Property.OnlyReceivedPacketsAreAcknowledged, $"the range {first} to {last}");
            for (long number = Math.Max(first, 1); number <= last; number++)
            {
                Require(
                    sender.ReceivedPacketNumbers.Contains(number),
                    Property.OnlyReceivedPacketsAreAcknowledged,
                    $"packet {number} of the range {first} to {last} never came");
            }
        }
    }

    private static void Require(bool holds, Property property, string detail)
    {
        if (!holds)
        {
            throw new PropertyViolationException(property, detail);
        }
    }
}
