using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>Packets as a lying or blind sender would make them.</summary>
internal static class Forge
{
    public static byte[] Syn(ulong clientId, int length = PacketLayout.SynLength, ConnectionOptions? options = null)
    {
        byte[] packet = new byte[length];
        PacketLayout.WriteHeader(packet, PacketType.Syn, 0, 0);
        PacketLayout.WriteUInt64(packet, PacketLayout.SynClientId, clientId);
        PacketLayout.WriteUInt64(packet, PacketLayout.SynNonce, ~clientId);
        packet[PacketLayout.SynVersionMin] = PacketLayout.Version;
        packet[PacketLayout.SynVersionMax] = PacketLayout.Version;
        if (length >= PacketLayout.SynParameters + PacketLayout.ParametersLength)
        {
            Parameters.From(options ?? new ConnectionOptions()).Write(packet.AsSpan(PacketLayout.SynParameters));
        }

        PacketLayout.Seal(packet, 0);
        return packet;
    }

    public static byte[] Reset(ulong destination, ulong proof, uint seed, byte flags = 0, byte origin = 0)
    {
        byte[] packet = new byte[PacketLayout.ResetLength];
        PacketLayout.WriteHeader(packet, PacketType.Reset, flags, destination);
        PacketLayout.WriteUInt64(packet, PacketLayout.ResetProof, proof);
        PacketLayout.WriteUInt32(packet, PacketLayout.ResetCode, (uint)ArqCloseCode.Aborted);
        packet[PacketLayout.ResetOrigin] = origin;
        PacketLayout.Seal(packet, seed);
        return packet;
    }

    /// <summary>An ACK to a connection from somebody who knows its key.</summary>
    public static byte[] Ack(ArqConnection to, uint serial, long cumulative, long limit, long largest, params byte[] ranges)
    {
        byte[] packet = new byte[PacketLayout.AckFixedLength + Math.Max(1, ranges.Length)];
        ranges.CopyTo(packet, PacketLayout.AckFixedLength);
        PacketLayout.WriteHeader(packet, PacketType.Ack, 0, to.Id);
        PacketLayout.WriteUInt32(packet, PacketLayout.AckSerial, serial);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckCumulative, (ulong)cumulative);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckLimit, (ulong)limit);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckLargest, (ulong)largest);
        packet[PacketLayout.AckRangeCount] = (byte)(ranges.Length / 2);
        packet[PacketLayout.AckRangeCount + 1] = (byte)((ranges.Length / 2) >> 8);
        PacketLayout.Seal(packet, to.Seed);
        return packet;
    }

    /// <summary>An ACK that names runs of packet numbers, the largest first.</summary>
    public static byte[] Ack(ArqConnection to, uint serial, IReadOnlyList<OffsetRange> runs)
    {
        byte[] packet = new byte[PacketLayout.AckFixedLength + (2 * VariableInteger.MaxLength * runs.Count)];
        PacketLayout.WriteUInt32(packet, PacketLayout.AckSerial, serial);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckLargest, (ulong)runs[0].End - 1);
        packet[PacketLayout.AckRangeCount] = (byte)(runs.Count - 1);
        packet[PacketLayout.AckRangeCount + 1] = (byte)((runs.Count - 1) >> 8);
        int length = PacketLayout.AckFixedLength;
        for (int index = 0; index < runs.Count; index++)
        {
            length += index == 0 ? 0 : VariableInteger.Write(packet.AsSpan(length), runs[index - 1].Start - runs[index].End - 1);
            length += VariableInteger.Write(packet.AsSpan(length), runs[index].End - runs[index].Start - 1);
        }

        PacketLayout.WriteHeader(packet.AsSpan(0, length), PacketType.Ack, 0, to.Id);
        PacketLayout.Seal(packet.AsSpan(0, length), to.Seed);
        return packet[..length];
    }

    /// <summary>DATA to a connection from somebody who knows its key.</summary>
    public static byte[] Data(ArqConnection to, long number, long offset, int length, byte flags = 0)
    {
        byte[] packet = new byte[PacketLayout.DataHeaderLength + length];
        DataPacket.WriteHeader(packet, flags, to.Id, number, offset);
        PacketLayout.Seal(packet, to.Seed);
        return packet;
    }
}
