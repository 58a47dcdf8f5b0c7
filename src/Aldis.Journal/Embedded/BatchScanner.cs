namespace Aldis.Journal.Embedded;

/// <summary>Finds the end of a batch: a batch is believed whole or not at all (<c>docs/protocols/journal.md</c> section 4).</summary>
internal static class BatchScanner
{
    /// <summary>Judges the batch that begins at the beginning of <paramref name="data"/>.</summary>
    /// <param name="data">The bytes from there on, as many as there are.</param>
    /// <param name="saltCrc"><see cref="RecordCodec.SaltCrc"/> of the journal.</param>
    /// <param name="cursor">Where the commits stand; goes past the batch if it is sound, else stays.</param>
    /// <param name="length">Its length if it is sound; if it is incomplete, the bytes needed to see more of it.</param>
    public static RecordStatus Scan(ReadOnlySpan<byte> data, uint saltCrc, ref CommitCursor cursor, out int length)
    {
        CommitCursor reached = cursor;
        length = 0;
        while (true)
        {
            RecordStatus status = RecordCodec.TryRead(data[length..], saltCrc, out RecordHeader record);
            if (status == RecordStatus.Incomplete)
            {
                length += record.Length;
                return status;
            }

            if (status != RecordStatus.Sound)
            {
                return length == 0 ? status : RecordStatus.Damaged;
            }

            if (!reached.TryAdvance(record))
            {
                return RecordStatus.Damaged;
            }

            length += record.Length;
            if ((record.Flags & RecordFlags.EndsBatch) != RecordFlags.None)
            {
                cursor = reached;
                return RecordStatus.Sound;
            }
        }
    }
}
