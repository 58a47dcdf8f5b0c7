namespace Aldis.Protocols.Arq.Wire;

/// <summary>A DATA packet as received: its fields and a view of its payload.</summary>
internal readonly ref struct DataPacket
{
    private DataPacket(ReadOnlySpan<byte> packet)
    {
        Flags = PacketLayout.FlagsOf(packet);
        PacketNumberLow = PacketLayout.ReadUInt32(packet, PacketLayout.DataPacketNumber);
        Offset = (long)PacketLayout.ReadUInt64(packet, PacketLayout.DataOffset);
        Payload = packet[PacketLayout.DataHeaderLength..];
    }

    public byte Flags { get; }

    public uint PacketNumberLow { get; }

    public long Offset { get; }

    public ReadOnlySpan<byte> Payload { get; }

    public bool IsFin => (Flags & PacketLayout.DataFin) != 0;

    public bool AsksForAck => (Flags & PacketLayout.DataAckNow) != 0;

    /// <summary>Reads a packet whose checksum was found right. False if its fields are impossible.</summary>
    public static bool TryParse(ReadOnlySpan<byte> packet, out DataPacket parsed)
    {
        parsed = default;
        if (packet.Length < PacketLayout.DataHeaderLength)
        {
            return false;
        }

        parsed = new DataPacket(packet);
        return (ulong)parsed.Offset < StreamLimits.EndOfNumbers && (parsed.Payload.Length > 0 || parsed.IsFin);
    }

    /// <summary>Writes everything but payload and checksum.</summary>
    public static void WriteHeader(Span<byte> packet, byte flags, ulong destination, long packetNumber, long offset)
    {
        PacketLayout.WriteHeader(packet, PacketType.Data, flags, destination);
        PacketLayout.WriteUInt32(packet, PacketLayout.DataPacketNumber, (uint)packetNumber);
        PacketLayout.WriteUInt64(packet, PacketLayout.DataOffset, (ulong)offset);
    }
}
