using System.Buffers.Binary;
using Aldis.Protocols.Tests.Integrity;

namespace Aldis.Protocols.Tests.Arq.Simulation;

internal enum WireType
{
    Data = 1,
    Ack = 2,
    Reset = 3,
    Probe = 4,
    Syn = 8,
    SynAck = 9,
    Confirm = 10,
}

/// <summary>
/// One packet as the checkers read it off the wire. Written from docs/arq.md and not from the engine's codec, so that an error in
/// that codec does not hide itself.
/// </summary>
internal readonly ref struct WirePacket
{
    public const int HeaderBytes = 16;
    public const int DataHeaderBytes = 28;
    private const int AckHeaderBytes = 52;

    private readonly ReadOnlySpan<byte> _bytes;

    private WirePacket(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public WireType Type => (WireType)(_bytes[0] & 0x0F);

    public byte Flags => _bytes[1];

    public uint Checksum => Word(4);

    public ulong Destination => Long(8);

    // DATA
    public bool IsFin => (Flags & 1) != 0;

    public bool IsRetransmission => (Flags & 4) != 0;

    public bool IsAlternate => (Flags & 8) != 0;

    public bool IsTail => (Flags & 16) != 0;

    public long PacketNumber => Word(16);

    public long Offset => (long)Long(20);

    public ReadOnlySpan<byte> Payload => _bytes[DataHeaderBytes..];

    /// <summary>One past the last unit of the stream that a DATA packet covers; FIN is one unit.</summary>
    public long End => Offset + Payload.Length + (IsFin ? 1 : 0);

    // ACK
    public bool ReportsGap => (Flags & 1) != 0;

    public long SerialNumber => Word(16);

    public long Cumulative => (long)Long(24);

    public long Limit => (long)Long(32);

    public long LargestPacketNumber => (long)Long(40);

    public int FurtherRanges => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[48..]);

    // SYN, SYNACK, CONFIRM
    public ulong SynAckServerId => Long(16);

    public ulong Key => Long(32);

    public long GrantedLimit => (long)Long(48);

    /// <summary>Takes the first packet off a datagram by its length field; the checksum is not looked at.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> datagram, out WirePacket packet)
    {
        packet = default;
        if (datagram.Length < HeaderBytes)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(datagram[2..]);
        if (length < HeaderBytes || length > datagram.Length || datagram[0] >> 4 != 1)
        {
            return false;
        }

        packet = new WirePacket(datagram[..length]);
        if (length < packet.MinimumLength())
        {
            return false;
        }

        datagram = datagram[length..];
        return true;
    }

    public bool HasGoodChecksum(ulong key)
    {
        uint seed = Type is WireType.Syn or WireType.SynAck or WireType.Confirm ? 0 : (uint)key;
        uint crc = BitwiseCrc32C.Update(~seed, _bytes[..4]);
        return ~BitwiseCrc32C.Update(crc, _bytes[8..]) == Checksum;
    }

    /// <summary>The packet numbers an ACK names, as ranges from first to last, newest first.</summary>
    public List<(long First, long Last)> Ranges()
    {
        ReadOnlySpan<byte> rest = _bytes[AckHeaderBytes..];
        long last = LargestPacketNumber;
        long first = last - ReadVarint(ref rest);
        List<(long First, long Last)> ranges = [(first, last)];
        for (int i = 0; i < FurtherRanges; i++)
        {
            last = first - ReadVarint(ref rest) - 2;
            first = last - ReadVarint(ref rest);
            ranges.Add((first, last));
        }

        return ranges;
    }

    private int MinimumLength() => Type switch
    {
        WireType.Data => DataHeaderBytes,
        WireType.Ack => AckHeaderBytes + 1,
        WireType.Probe => 32,
        WireType.Reset => 30,
        WireType.Syn or WireType.SynAck or WireType.Confirm => 96,
        _ => HeaderBytes,
    };

    private static long ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        int length = 1 << (bytes[0] >> 6);
        long value = bytes[0] & 0x3F;
        for (int i = 1; i < length; i++)
        {
            value = (value << 8) | bytes[i];
        }

        bytes = bytes[length..];
        return value;
    }

    private uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[offset..]);

    private ulong Long(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[offset..]);
}
