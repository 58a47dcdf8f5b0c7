namespace Aldis.Journal.Embedded;

/// <summary>Decides which segments go, <c>docs/protocols/journal.md</c> section 5.</summary>
internal static class RetentionRule
{
    /// <summary>Why the oldest segments are to be deleted: one reason for each, oldest first.</summary>
    /// <param name="segments">All segments, oldest first; the last is being written and stays.</param>
    /// <param name="maxBytes">Limit of the size of all; null for none.</param>
    /// <param name="maxAge">Limit of the age of a segment's newest message; null for none, or while no age is believed.</param>
    /// <param name="ageOf">The age of a segment's newest message by the segment's number; not asked where there is no limit.</param>
    public static List<RetentionReason> FindExpired(
        IReadOnlyList<SegmentInfo> segments, long? maxBytes, TimeSpan? maxAge, Func<long, TimeSpan> ageOf)
    {
        long bytes = segments.Sum(segment => segment.Bytes);
        List<RetentionReason> expired = [];
        while (expired.Count < segments.Count - 1)
        {
            SegmentInfo oldest = segments[expired.Count];
            bool isTooOld = maxAge is { } age && ageOf(oldest.Number) > age;
            if (!isTooOld && !(bytes > maxBytes))
            {
                break;
            }

            bytes -= oldest.Bytes;
            expired.Add(isTooOld ? RetentionReason.Age : RetentionReason.Size);
        }

        return expired;
    }
}
