using System.Buffers.Binary;
using Aldis.Protocols.Messages;

namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// The state in one of the two places of a segment that are written in turn (docs/protocols/outbox.md section 3). They are there from the
/// segment's birth on, so that a state can be noted when the disk is full.
/// </summary>
/// <param name="Batch">Number of the batch it is.</param>
/// <param name="End">Where the segment's records ended, in bytes of the file.</param>
/// <param name="State">The numbering.</param>
/// <param name="Refused">Items refused for good since the segment was begun and beyond the last settled one, ascending.</param>
internal sealed record OutboxSlot(long Batch, long End, SenderState State, IReadOnlyList<long> Refused)
{
    /// <summary>Bytes of a slot.</summary>
    public const int Size = 4096;

    /// <summary>How many a segment has.</summary>
    public const int Count = 2;

    /// <summary>How many refused items a slot can name.</summary>
    public const int MaxRefused = (Size - FixedLength) / sizeof(long);

    /// <summary>Bytes of a state.</summary>
    public const int StateLength = 3 * sizeof(long);

    private const int CrcOffset = 4;
    private const int BatchOffset = 8;
    private const int EndOffset = 16;
    private const int StateOffset = 24;
    private const int FixedLength = StateOffset + StateLength;

    /// <summary>Writes the three numbers of a state.</summary>
    public static void WriteState(SenderState state, Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, state.AcknowledgedItem);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[sizeof(long)..], state.Acknowledged);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(2 * sizeof(long))..], state.Assigned);
    }

    /// <summary>The state in 24 bytes.</summary>
    public static SenderState ReadState(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[sizeof(long)..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[(2 * sizeof(long))..]));

    /// <summary>Reads a slot.</summary>
    /// <param name="slot">Its bytes.</param>
    /// <param name="salt">The outbox's salt.</param>
    /// <returns>Null if nothing sound is in it.</returns>
    public static OutboxSlot? Read(ReadOnlySpan<byte> slot, uint salt)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(slot);
        if (length < FixedLength
            || length > slot.Length
            || (length - FixedLength) % sizeof(long) != 0
            || BinaryPrimitives.ReadUInt32LittleEndian(slot[CrcOffset..]) != OutboxRecord.Check(salt, slot[..length]))
        {
            return null;
        }

        List<long> refused = [];
        for (int at = FixedLength; at < length; at += sizeof(long))
        {
            refused.Add(BinaryPrimitives.ReadInt64LittleEndian(slot[at..]));
        }

        return new OutboxSlot(
            BinaryPrimitives.ReadInt64LittleEndian(slot[BatchOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(slot[EndOffset..]),
            ReadState(slot[StateOffset..]),
            refused);
    }

    /// <summary>Whether a slot was never written.</summary>
    public static bool IsUnwritten(ReadOnlySpan<byte> slot) => !slot.ContainsAnyExcept((byte)0);

    /// <summary>The slot as bytes; what stands behind them in it means nothing.</summary>
    public byte[] Write(uint salt)
    {
        byte[] bytes = new byte[FixedLength + (Refused.Count * sizeof(long))];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(BatchOffset), Batch);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(EndOffset), End);
        WriteState(State, bytes.AsSpan(StateOffset));
        for (int index = 0; index < Refused.Count; index++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(FixedLength + (index * sizeof(long))), Refused[index]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcOffset), OutboxRecord.Check(salt, bytes));
        return bytes;
    }
}
