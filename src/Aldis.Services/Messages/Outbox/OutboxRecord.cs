using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Aldis.Protocols.Integrity;

namespace Aldis.Services.Messages.Outbox;

/// <summary>The fixed part of a record and its check (docs/protocols/outbox.md section 4).</summary>
/// <param name="Length">Bytes of the whole record.</param>
/// <param name="Batch">Number of the batch it was written with.</param>
/// <param name="Type">What it holds, known or not.</param>
/// <param name="IsLast">Whether it is the last record of its batch; version 1 never says so.</param>
internal readonly record struct OutboxRecord(int Length, long Batch, OutboxRecordType Type, bool IsLast)
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderLength = 17;

    private const int CrcOffset = 4;
    private const int BatchOffset = 8;
    private const int TypeOffset = 16;
    private const byte LastFlag = 0x80;

    /// <summary>Bytes of the body.</summary>
    public int BodyLength => Length - HeaderLength;

    /// <summary>Appends a line to a batch.</summary>
    public static void AppendLine(List<byte> batch, uint salt, long number, ReadOnlySpan<byte> line)
    {
        int at = batch.Count;
        CollectionsMarshal.SetCount(batch, at + HeaderLength + line.Length);
        Span<byte> record = CollectionsMarshal.AsSpan(batch)[at..];
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length);
        BinaryPrimitives.WriteInt64LittleEndian(record[BatchOffset..], number);
        record[TypeOffset] = (byte)OutboxRecordType.Line;
        line.CopyTo(record[HeaderLength..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[CrcOffset..], Check(salt, record));
    }

    /// <summary>Marks a record as the last one of its batch.</summary>
    public static void MarkLast(Span<byte> record, uint salt)
    {
        record[TypeOffset] |= LastFlag;
        BinaryPrimitives.WriteUInt32LittleEndian(record[CrcOffset..], Check(salt, record));
    }

    /// <summary>Reads the record at the beginning of some bytes, of a known type or not.</summary>
    /// <returns>False if no sound record is there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, uint salt, out OutboxRecord record)
    {
        record = default;
        if (!TryReadHeader(data, out OutboxRecord header)
            || header.Length > data.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(data[CrcOffset..]) != Check(salt, data[..header.Length]))
        {
            return false;
        }

        record = header;
        return true;
    }

    /// <summary>Reads the fixed part alone, unchecked but for its own bounds.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> data, out OutboxRecord header)
    {
        header = default;
        if (data.Length < HeaderLength)
        {
            return false;
        }

        byte type = data[TypeOffset];
        header = new OutboxRecord(
            BinaryPrimitives.ReadInt32LittleEndian(data),
            BinaryPrimitives.ReadInt64LittleEndian(data[BatchOffset..]),
            (OutboxRecordType)(type & ~LastFlag),
            (type & LastFlag) != 0);
        return header.Batch > 0 && header.Length >= HeaderLength;
    }

    /// <summary>The checksum of a record or a slot: of the salt and of everything but the checksum itself.</summary>
    public static uint Check(uint salt, ReadOnlySpan<byte> record)
    {
        Span<byte> salted = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(salted, salt);
        uint crc = Crc32C.Continue(Crc32C.Compute(salted), record[..CrcOffset]);
        return Crc32C.Continue(crc, record[BatchOffset..]);
    }
}
