namespace Aldis.Journal.Embedded;

/// <summary>Looks for records where their borders are lost.</summary>
internal static class RecordSearch
{
    /// <summary>
    /// Finds the first sound record at any byte of <paramref name="data"/> whose commit number is at least <paramref name="commit"/>.
    /// </summary>
    /// <returns>Its offset, or -1.</returns>
    public static int Find(ReadOnlySpan<byte> data, uint saltCrc, long commit)
    {
        int offset = 0;
        while (data.Length - offset >= RecordCodec.FixedLength)
        {
            // Most of what is searched is unwritten; a record's length field is within 4 bytes of a byte that is not zero.
            int skipped = data[offset..].IndexOfAnyExcept((byte)0);
            if (skipped < 0)
            {
                return -1;
            }

            int end = offset + skipped;
            for (offset = Math.Max(offset, end - sizeof(int) + 1); offset <= end; offset++)
            {
                if (RecordCodec.TryRead(data[offset..], saltCrc, out RecordHeader record) == RecordStatus.Sound && record.Commit >= commit)
                {
                    return offset;
                }
            }
        }

        return -1;
    }
}
