using System.Buffers.Binary;
using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Integrity;
using Aldis.Services.Journal;

namespace Aldis.Services.Messages.Outbox;

/// <summary>What a segment begins with (docs/protocols/outbox.md section 2).</summary>
internal static class OutboxHeader
{
    /// <summary>Bytes before the refused items.</summary>
    public const int FixedLength = 104;

    private const uint Version = 1;
    private const int VersionOffset = 8;
    private const int SaltOffset = 12;
    private const int NumberOffset = 16;
    private const int TakenOffset = 24;
    private const int BatchOffset = 32;
    private const int StateOffset = 40;
    private const int ClientLengthOffset = 64;
    private const int ClientOffset = 65;
    private const int RefusedCountOffset = 97;

    private static ReadOnlySpan<byte> Magic => "ALDISOBX"u8;

    /// <summary>The header as bytes.</summary>
    public static byte[] Write(long number, OutboxContent content)
    {
        byte[] bytes = new byte[FixedLength + (content.Refused.Count * sizeof(long)) + sizeof(uint)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(VersionOffset), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(SaltOffset), content.Salt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(NumberOffset), number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(TakenOffset), content.Taken);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(BatchOffset), content.Batch);
        OutboxRecord.Write(content.State).CopyTo(bytes.AsSpan(StateOffset));
        bytes[ClientLengthOffset] = (byte)Encoding.ASCII.GetBytes(content.ClientId, bytes.AsSpan(ClientOffset));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(RefusedCountOffset), content.Refused.Count);
        int at = FixedLength;
        foreach (long item in content.Refused)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), item);
            at += sizeof(long);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Crc32C.Compute(bytes.AsSpan(0, at)));
        return bytes;
    }

    /// <summary>Reads a header from the beginning of a segment.</summary>
    /// <param name="data">The segment.</param>
    /// <param name="number">The number in its name.</param>
    /// <param name="length">Where the records begin.</param>
    /// <returns>Null if it is no sound header of this version.</returns>
    public static OutboxContent? Read(ReadOnlySpan<byte> data, long number, out int length)
    {
        length = 0;
        if (data.Length < FixedLength + sizeof(uint)
            || !data.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(data[VersionOffset..]) != Version
            || BinaryPrimitives.ReadInt64LittleEndian(data[NumberOffset..]) != number)
        {
            return null;
        }

        int refused = BinaryPrimitives.ReadInt32LittleEndian(data[RefusedCountOffset..]);
        if (refused < 0 || refused > (data.Length - FixedLength - sizeof(uint)) / sizeof(long))
        {
            return null;
        }

        int end = FixedLength + (refused * sizeof(long));
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
            Taken = BinaryPrimitives.ReadInt64LittleEndian(data[TakenOffset..]),
            Batch = BinaryPrimitives.ReadInt64LittleEndian(data[BatchOffset..]),
        };
        content.Apply(OutboxRecord.ReadState(data[StateOffset..]));
        for (int at = FixedLength; at < end; at += sizeof(long))
        {
            _ = content.Refused.Add(BinaryPrimitives.ReadInt64LittleEndian(data[at..]));
        }

        length = end + sizeof(uint);
        return content;
    }
}
