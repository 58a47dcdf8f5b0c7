using System.Buffers.Binary;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Messages;
using Aldis.Services.Journal;

namespace Aldis.Services.Messages.Outbox;

/// <summary>The fixed part of a record and its check (docs/protocols/outbox.md section 3).</summary>
/// <param name="Length">Bytes of the whole record.</param>
/// <param name="Batch">Number of the batch it was written with.</param>
/// <param name="Type">What it holds.</param>
internal readonly record struct OutboxRecord(int Length, long Batch, OutboxRecordType Type)
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderLength = 17;

    private const int CrcOffset = 4;
    private const int BatchOffset = 8;
    private const int TypeOffset = 16;
    private const int StateLength = 3 * sizeof(long);

    /// <summary>Bytes of the body.</summary>
    public int BodyLength => Length - HeaderLength;

    /// <summary>Appends a record to a batch.</summary>
    public static void Append(List<byte> batch, uint salt, long number, OutboxRecordType type, ReadOnlySpan<byte> body)
    {
        byte[] record = new byte[HeaderLength + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(BatchOffset), number);
        record[TypeOffset] = (byte)type;
        body.CopyTo(record.AsSpan(HeaderLength));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(CrcOffset), Check(salt, record));
        batch.AddRange(record);
    }

    /// <summary>Reads the record at the beginning of some bytes.</summary>
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

        header = new OutboxRecord(
            BinaryPrimitives.ReadInt32LittleEndian(data),
            BinaryPrimitives.ReadInt64LittleEndian(data[BatchOffset..]),
            (OutboxRecordType)data[TypeOffset]);
        return header.Batch > 0 && header.Type switch
        {
            OutboxRecordType.Line => header.BodyLength >= 0,
            OutboxRecordType.Refused => header.BodyLength == sizeof(long),
            OutboxRecordType.State => header.BodyLength == StateLength,
            _ => false,
        };
    }

    /// <summary>The body of a state record.</summary>
    public static byte[] Write(SenderState state)
    {
        byte[] body = new byte[StateLength];
        BinaryPrimitives.WriteInt64LittleEndian(body, state.AcknowledgedItem);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(sizeof(long)), state.Acknowledged);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(2 * sizeof(long)), state.Assigned);
        return body;
    }

    /// <summary>The state in a body of 24 bytes.</summary>
    public static SenderState ReadState(ReadOnlySpan<byte> body) => new(
        BinaryPrimitives.ReadInt64LittleEndian(body),
        BinaryPrimitives.ReadInt64LittleEndian(body[sizeof(long)..]),
        BinaryPrimitives.ReadInt64LittleEndian(body[(2 * sizeof(long))..]));

    private static uint Check(uint salt, ReadOnlySpan<byte> record)
    {
        Span<byte> salted = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(salted, salt);
        uint crc = Crc32C.Continue(Crc32C.Compute(salted), record[..CrcOffset]);
        return Crc32C.Continue(crc, record[BatchOffset..]);
    }
}
