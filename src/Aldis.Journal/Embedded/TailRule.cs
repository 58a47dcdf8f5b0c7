namespace Aldis.Journal.Embedded;

/// <summary>Tells a torn tail from corruption, <c>docs/protocols/journal.md</c> section 6.</summary>
internal static class TailRule
{
    /// <summary>Judges what follows the last complete batch of a segment.</summary>
    /// <param name="rest">The bytes there; not all zero.</param>
    /// <param name="saltCrc"><see cref="RecordCodec.SaltCrc"/> of the journal.</param>
    /// <param name="commit">Number of the commit that is incomplete or would come next.</param>
    /// <param name="isLastSegment">Whether the segment is the journal's last: only the end of that can be torn.</param>
    public static TailVerdict Judge(ReadOnlySpan<byte> rest, uint saltCrc, long commit, bool isLastSegment) =>
        isLastSegment && RecordSearch.Find(rest, saltCrc, commit + 1) < 0 ? TailVerdict.TornTail : TailVerdict.Corruption;
}
