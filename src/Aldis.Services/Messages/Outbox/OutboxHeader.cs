using System.Buffers.Binary;
using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Integrity;

namespace Aldis.Services.Messages.Outbox;

/// <summary>What a segment begins with (docs/protocols/outbox.md section 2).</summary>
/// <param name="Version">Version of the format.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Content">What the outbox knew when the segment was begun.</param>
/// <param name="IsBatch">Whether its state is a batch of its own, newer than what the segments before it say.</param>
internal sealed record OutboxHeader(uint Version, int Length, OutboxContent Content, bool IsBatch)
{
    /// <summary>The version that is written.</summary>
    public const uint Current = 2;

    private const uint First = 1;
    private const int VersionOffset = 8;
    private const int SaltOffset = 12;
    private const int NumberOffset = 16;
    private const int TakenOffset = 24;
    private const int BatchOffset = 32;
    private const int StateOffset = 40;
    private const int ClientLengthOffset = 64;
    private const int ClientOffset = 65;
    private const int RefusedCountOffset = 97;
    private const int FlagsOffset = 101;
    private const int FirstFixedLength = 104;
    private const int DigestOffset = 104;
    private const int FixedLength = 108;
    private const byte DigestFlag = 1;
    private const byte BatchFlag = 2;

    private static ReadOnlySpan<byte> Magic => "ALDISOBX"u8;

    /// <summary>Where the slots begin in a segment with this header.</summary>
    public int SlotsOffset => (Length + OutboxSlot.Size - 1) / OutboxSlot.Size * OutboxSlot.Size;

    /// <summary>Where the records begin: behind the slots, which version 1 has not.</summary>
    public int RecordsOffset => Version == First ? Length : SlotsOffset + (OutboxSlot.Count * OutboxSlot.Size);

    /// <summary>The header as bytes, in the current version.</summary>
    public static byte[] Write(long number, OutboxContent content, bool isBatch)
    {
        byte[] bytes = new byte[FixedLength + (content.Refused.Count * sizeof(long)) + sizeof(uint)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(VersionOffset), Current);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(SaltOffset), content.Salt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(NumberOffset), number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(TakenOffset), content.Taken);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(BatchOffset), content.Batch);
        OutboxSlot.WriteState(content.State, bytes.AsSpan(StateOffset));
        bytes[ClientLengthOffset] = (byte)Encoding.ASCII.GetBytes(content.ClientId, bytes.AsSpan(ClientOffset));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(RefusedCountOffset), content.Refused.Count);
        bytes[FlagsOffset] = (byte)((content.Digest is null ? 0 : DigestFlag) | (isBatch ? BatchFlag : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(DigestOffset), content.Digest?.Checksum ?? 0);
        int at = FixedLength;
        foreach (long item in content.Refused)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), item);
            at += sizeof(long);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Crc32C.Compute(bytes.AsSpan(0, at)));
        return bytes;
    }

    /// <summary>The version a segment says it has, sound or not; null if it is no segment at all.</summary>
    public static uint? ReadVersion(ReadOnlySpan<byte> data) =>
        data.Length >= SaltOffset && data.StartsWith(Magic) ? BinaryPrimitives.ReadUInt32LittleEndian(data[VersionOffset..]) : null;

    /// <summary>Whether a version is one that can be read.</summary>
    public static bool IsKnown(uint version) => version is First or Current;

    /// <summary>Reads a header from the beginning of a segment.</summary>
    /// <param name="data">The segment.</param>
    /// <param name="number">The number in its name.</param>
    /// <returns>Null if it is no sound header of a known version.</returns>
    public static OutboxHeader? Read(ReadOnlySpan<byte> data, long number)
    {
        if (ReadVersion(data) is not uint version || !IsKnown(version))
        {
            return null;
        }

        int fixedLength = version == First ? FirstFixedLength : FixedLength;
        if (data.Length < fixedLength + sizeof(uint) || BinaryPrimitives.ReadInt64LittleEndian(data[NumberOffset..]) != number)
        {
            return null;
        }

        int refused = BinaryPrimitives.ReadInt32LittleEndian(data[RefusedCountOffset..]);
        if (refused < 0 || refused > (data.Length - fixedLength - sizeof(uint)) / sizeof(long))
        {
            return null;
        }

        int end = fixedLength + (refused * sizeof(long));
        int clientLength = data[ClientLengthOffset];
        if (BinaryPrimitives.ReadUInt32LittleEndian(data[end..]) != Crc32C.Compute(data[..end])
            || clientLength > ClientId.MaxLength
            || !ClientId.IsValid(data.Slice(ClientOffset, clientLength)))
        {
            return null;
        }

        OutboxContent content = new()
        {
            Salt = BinaryPrimitives.ReadUInt32LittleEndian(data[SaltOffset..]),
            ClientId = Encoding.ASCII.GetString(data.Slice(ClientOffset, clientLength)),
            Batch = BinaryPrimitives.ReadInt64LittleEndian(data[BatchOffset..]),
        };
        long taken = BinaryPrimitives.ReadInt64LittleEndian(data[TakenOffset..]);
        content.Begin(taken, ReadDigest(data, version, taken));
        content.Apply(OutboxSlot.ReadState(data[StateOffset..]));
        bool areDistinct = true;
        for (int at = fixedLength; at < end; at += sizeof(long))
        {
            areDistinct &= content.Refused.Add(BinaryPrimitives.ReadInt64LittleEndian(data[at..]));
        }

        return areDistinct && content.IsConsistent
            ? new OutboxHeader(version, end + sizeof(uint), content, (ReadFlags(data, version) & BatchFlag) != 0)
            : null;
    }

    /// <summary>The bytes are zero in version 1.</summary>
    private static byte ReadFlags(ReadOnlySpan<byte> data, uint version) => version == First ? (byte)0 : data[FlagsOffset];

    /// <summary>Version 1 kept no digest; no lines have one all the same.</summary>
    private static LineDigest? ReadDigest(ReadOnlySpan<byte> data, uint version, long taken)
    {
        if (version == First)
        {
            return taken == 0 ? default(LineDigest) : null;
        }

        return (ReadFlags(data, version) & DigestFlag) != 0
            ? new LineDigest(taken, BinaryPrimitives.ReadUInt32LittleEndian(data[DigestOffset..]))
            : null;
    }
}
