namespace Aldis.Protocols.Arq.Wire;

/// <summary>An ACK packet as received; its ranges are read one by one by <see cref="AckRangeReader"/>.</summary>
internal readonly ref struct AckPacket
{
    private AckPacket(ReadOnlySpan<byte> packet)
    {
        Flags = PacketLayout.FlagsOf(packet);
        Serial = PacketLayout.ReadUInt32(packet, PacketLayout.AckSerial);
        DelayNs = PacketLayout.ReadUInt32(packet, PacketLayout.AckDelay) * 1_000L;
        Cumulative = (long)PacketLayout.ReadUInt64(packet, PacketLayout.AckCumulative);
        Limit = (long)Math.Min(PacketLayout.ReadUInt64(packet, PacketLayout.AckLimit), StreamLimits.EndOfNumbers);
        Largest = (long)PacketLayout.ReadUInt64(packet, PacketLayout.AckLargest);
        RangeCount = packet[PacketLayout.AckRangeCount] | (packet[PacketLayout.AckRangeCount + 1] << 8);
        Ranges = packet[PacketLayout.AckFixedLength..];
    }

    public byte Flags { get; }

    public uint Serial { get; }

    public long DelayNs { get; }

    public long Cumulative { get; }

    /// <summary>The credit. More than any stream can have is no limit.</summary>
    public long Limit { get; }

    public long Largest { get; }

    public int RangeCount { get; }

    public ReadOnlySpan<byte> Ranges { get; }

    public bool ShowsGap => (Flags & PacketLayout.AckGap) != 0;

    /// <summary>Reads a packet whose checksum was found right. False if its fields are impossible; the ranges are judged when they are
    /// read.</summary>
    public static bool TryParse(ReadOnlySpan<byte> packet, out AckPacket parsed)
    {
        parsed = default;
        if (packet.Length <= PacketLayout.AckFixedLength)
        {
            return false;
        }

        parsed = new AckPacket(packet);
        return parsed.RangeCount <= PacketLayout.MaxAckRanges
            && (ulong)parsed.Cumulative < StreamLimits.EndOfNumbers
            && (ulong)parsed.Largest < StreamLimits.EndOfNumbers;
    }
}
