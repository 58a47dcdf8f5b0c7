namespace Aldis.Services.Journal;

/// <summary>Decides which segments go, <c>docs/protocols/journal.md</c> section 5.</summary>
internal static class RetentionRule
{
    /// <summary>How many of the oldest segments are to be deleted.</summary>
    /// <param name="segments">All segments, oldest first; the last is being written and stays.</param>
    /// <param name="maxBytes">Limit of the size of all; null for none.</param>
    /// <param name="maxAge">Limit of the age of a segment's newest message; null for none.</param>
    /// <param name="nowNanoseconds">The time.</param>
    public static int CountExpired(IReadOnlyList<SegmentInfo> segments, long? maxBytes, TimeSpan? maxAge, long nowNanoseconds)
    {
        long bytes = segments.Sum(segment => segment.Bytes);
        int expired = 0;
        while (expired < segments.Count - 1)
        {
            SegmentInfo oldest = segments[expired];
            bool tooLarge = bytes > maxBytes;
            bool tooOld = maxAge is { } age && nowNanoseconds - oldest.NewestNanoseconds > age.Ticks * TimeSpan.NanosecondsPerTick;
            if (!tooLarge && !tooOld)
            {
                break;
            }

            bytes -= oldest.Bytes;
            expired++;
        }

        return expired;
    }
}
