using System.Buffers.Binary;

namespace Aldis.Protocols.Arq.Wire;

/// <summary>Where the fields of packets stand (docs/arq.md, "Wire format"). All integers are little-endian.</summary>
internal static class PacketLayout
{
    public const byte Version = 1;
    public const int AfterChecksum = 8;
    public const int HeaderLength = 16;

    public const int DataHeaderLength = 28;
    public const int AckFixedLength = 52;
    public const int MaxAckRanges = 256;
    public const int ProbeLength = 32;
    public const int ResetLength = 30;
    public const int MaxReasonLength = 64;
    public const int SynLength = 1200;
    public const int MinSynLength = 128;
    public const int SynAckLength = 96;
    public const int ConfirmLength = 96;
    public const int CookieLength = 16;
    public const int ParametersLength = 32;

    public const int DataPacketNumber = 16;
    public const int DataOffset = 20;

    public const int AckSerial = 16;
    public const int AckDelay = 20;
    public const int AckCumulative = 24;
    public const int AckLimit = 32;
    public const int AckLargest = 40;
    public const int AckRangeCount = 48;

    public const int ProbePacketNumber = 16;
    public const int ProbeKindAt = 20;
    public const int ProbeArgument = 24;

    public const int ResetProof = 16;
    public const int ResetCode = 24;
    public const int ResetOrigin = 28;
    public const int ResetReasonLength = 29;

    public const int SynClientId = 16;
    public const int SynNonce = 24;
    public const int SynVersionMin = 32;
    public const int SynVersionMax = 33;
    public const int SynParameters = 40;

    public const int CookiedId = 16;
    public const int CookiedNonce = 24;
    public const int CookiedKey = 32;
    public const int CookiedParameters = 40;
    public const int CookiedTime = 72;
    public const int CookiedCookie = 80;

    public const byte DataFin = 1 << 0;
    public const byte DataAckNow = 1 << 1;
    public const byte DataRetransmission = 1 << 2;
    public const byte DataAlternate = 1 << 3;
    public const byte DataProbe = 1 << 4;

    public const byte AckGap = 1 << 0;
    public const byte AckDuplicate = 1 << 1;
    public const byte AckAlternate = 1 << 3;
    public const byte AckFinSeen = 1 << 5;

    public const byte ResetEcho = 1 << 0;
    public const byte ResetFromPeer = 0;
    public const byte ResetStateless = 1;

    public static byte VersionOf(ReadOnlySpan<byte> packet) => (byte)(packet[0] >> 4);

    public static PacketType TypeOf(ReadOnlySpan<byte> packet) => (PacketType)(packet[0] & 0x0F);

    public static byte FlagsOf(ReadOnlySpan<byte> packet) => packet[1];

    public static int LengthOf(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt16LittleEndian(packet[2..]);

    public static ulong DestinationOf(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt64LittleEndian(packet[8..]);

    public static bool HasValidChecksum(ReadOnlySpan<byte> packet, uint seed)
        => BinaryPrimitives.ReadUInt32LittleEndian(packet[4..]) == PacketChecksum.Compute(packet, seed);

    /// <summary>Writes the common header of a packet whose length is that of the span, checksum left open.</summary>
    public static void WriteHeader(Span<byte> packet, PacketType type, byte flags, ulong destination)
    {
        packet[0] = (byte)((Version << 4) | (byte)type);
        packet[1] = flags;
        BinaryPrimitives.WriteUInt16LittleEndian(packet[2..], (ushort)packet.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(packet[8..], destination);
    }

    /// <summary>Completes a packet: must be the last thing that is written into it.</summary>
    public static void Seal(Span<byte> packet, uint seed)
        => BinaryPrimitives.WriteUInt32LittleEndian(packet[4..], PacketChecksum.Compute(packet, seed));

    public static ulong ReadUInt64(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt64LittleEndian(packet[at..]);

    public static uint ReadUInt32(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt32LittleEndian(packet[at..]);

    public static void WriteUInt64(Span<byte> packet, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(packet[at..], value);

    public static void WriteUInt32(Span<byte> packet, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(packet[at..], value);
}
