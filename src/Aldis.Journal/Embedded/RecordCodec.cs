using System.Buffers.Binary;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Messages;

namespace Aldis.Journal.Embedded;

/// <summary>
/// The bytes of a record, <c>docs/protocols/journal.md</c> section 3. Reads bytes nobody vouches for; never throws on them.
/// </summary>
internal static class RecordCodec
{
    /// <summary>Bytes of a record before client id, peer address and payload.</summary>
    public const int FixedLength = 40;

    /// <summary>Longest client id in bytes.</summary>
    public const int MaxClientLength = 32;

    /// <summary>Longest peer address in bytes.</summary>
    public const int MaxPeerLength = 255;

    /// <summary>Longest payload in bytes.</summary>
    public const int MaxPayloadLength = MessageLimits.MaxStoredLength;

    /// <summary>Longest record without its payload in bytes.</summary>
    public const int MaxHeadLength = FixedLength + MaxClientLength + MaxPeerLength;

    /// <summary>Longest record in bytes.</summary>
    public const int MaxLength = MaxHeadLength + MaxPayloadLength;

    private const int CrcOffset = 4;
    private const int CommitOffset = 8;
    private const int SequenceOffset = 16;
    private const int TimeOffset = 24;
    private const int TypeOffset = 32;
    private const int FlagsOffset = 33;
    private const int ClientLengthOffset = 34;
    private const int PeerLengthOffset = 35;
    private const int PayloadCrcOffset = 36;

    /// <summary>The CRC of the salt, with which the CRC of every record's head begins.</summary>
    public static uint SaltCrc(uint salt)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, salt);
        return Crc32C.Compute(bytes);
    }

    /// <summary>
    /// Writes everything but the payload, commit number, flags and head CRC; these come with <see cref="Seal"/>, once it is known which
    /// commit the record goes with.
    /// </summary>
    /// <returns>Where the payload is to be put, in bytes from the beginning of the record.</returns>
    public static int WriteHead(
        Span<byte> record,
        RecordType type,
        long sequence,
        long timeNanoseconds,
        ReadOnlySpan<byte> client,
        ReadOnlySpan<byte> peer,
        uint payloadCrc)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length);
        BinaryPrimitives.WriteInt64LittleEndian(record[SequenceOffset..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(record[TimeOffset..], timeNanoseconds);
        record[TypeOffset] = (byte)type;
        record[ClientLengthOffset] = (byte)client.Length;
        record[PeerLengthOffset] = (byte)peer.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(record[PayloadCrcOffset..], payloadCrc);
        client.CopyTo(record[FixedLength..]);
        peer.CopyTo(record[(FixedLength + client.Length)..]);
        return FixedLength + client.Length + peer.Length;
    }

    /// <summary>Gives the record at the beginning of <paramref name="records"/> its commit number, flags and head CRC.</summary>
    /// <returns>The record's length in bytes.</returns>
    public static int Seal(Span<byte> records, long commit, RecordFlags flags, uint saltCrc)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(records);
        BinaryPrimitives.WriteInt64LittleEndian(records[CommitOffset..], commit);
        records[FlagsOffset] = (byte)flags;
        int headLength = FixedLength + records[ClientLengthOffset] + records[PeerLengthOffset];
        BinaryPrimitives.WriteUInt32LittleEndian(records[CrcOffset..], HeadCrc(records[..headLength], saltCrc));
        return length;
    }

    /// <summary>The length field of the record that begins here; for records that were written by this process.</summary>
    public static int ReadLength(ReadOnlySpan<byte> records) => BinaryPrimitives.ReadInt32LittleEndian(records);

    /// <summary>The time of receipt of the record that begins here, likewise.</summary>
    public static long ReadTime(ReadOnlySpan<byte> records) => BinaryPrimitives.ReadInt64LittleEndian(records[TimeOffset..]);

    /// <summary>Judges the bytes at a record's place.</summary>
    /// <param name="data">The bytes from the record's place on, as many as there are.</param>
    /// <param name="saltCrc"><see cref="SaltCrc"/> of the journal.</param>
    /// <param name="header">The record's fixed part; meaningful only with <see cref="RecordStatus.Sound"/>, except that
    /// <see cref="RecordHeader.Length"/> with <see cref="RecordStatus.Incomplete"/> says how many bytes are needed.</param>
    public static RecordStatus TryRead(ReadOnlySpan<byte> data, uint saltCrc, out RecordHeader header)
    {
        header = new RecordHeader { Length = FixedLength };
        if (data.Length < FixedLength)
        {
            bool zero = data.Length >= sizeof(int) && BinaryPrimitives.ReadInt32LittleEndian(data) == 0;
            return zero ? RecordStatus.Unwritten : RecordStatus.Incomplete;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(data);
        if (length == 0)
        {
            return RecordStatus.Unwritten;
        }

        int headLength = FixedLength + data[ClientLengthOffset] + data[PeerLengthOffset];
        if (length < headLength || length - headLength > MaxPayloadLength || !IsKnown(data))
        {
            return RecordStatus.Damaged;
        }

        if (data.Length < headLength)
        {
            header = new RecordHeader { Length = headLength };
            return RecordStatus.Incomplete;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(data[CrcOffset..]) != HeadCrc(data[..headLength], saltCrc))
        {
            return RecordStatus.Damaged;
        }

        header = Decode(data);
        return data.Length < length ? RecordStatus.Incomplete
            : Crc32C.Compute(data[headLength..length]) == header.PayloadCrc ? RecordStatus.Sound : RecordStatus.Damaged;
    }

    /// <summary>The fixed part of a record that was found sound before.</summary>
    public static RecordHeader Decode(ReadOnlySpan<byte> record) => new()
    {
        Length = BinaryPrimitives.ReadInt32LittleEndian(record),
        Commit = BinaryPrimitives.ReadInt64LittleEndian(record[CommitOffset..]),
        Sequence = BinaryPrimitives.ReadInt64LittleEndian(record[SequenceOffset..]),
        TimeNanoseconds = BinaryPrimitives.ReadInt64LittleEndian(record[TimeOffset..]),
        Type = (RecordType)record[TypeOffset],
        Flags = (RecordFlags)record[FlagsOffset],
        ClientLength = record[ClientLengthOffset],
        PeerLength = record[PeerLengthOffset],
        PayloadCrc = BinaryPrimitives.ReadUInt32LittleEndian(record[PayloadCrcOffset..]),
    };

    private static bool IsKnown(ReadOnlySpan<byte> data) =>
        data[TypeOffset] is >= (byte)RecordType.Message and <= (byte)RecordType.Forget
        && data[FlagsOffset] is 0 or 1 or 3
        && data[ClientLengthOffset] <= MaxClientLength;

    private static uint HeadCrc(ReadOnlySpan<byte> head, uint saltCrc) =>
        Crc32C.Continue(Crc32C.Continue(saltCrc, head[..CrcOffset]), head[CommitOffset..]);
}
