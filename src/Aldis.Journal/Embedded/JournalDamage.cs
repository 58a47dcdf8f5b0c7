namespace Aldis.Journal.Embedded;

/// <summary>A stretch of a journal that cannot be read.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Offset">Where in the segment's file it begins, in bytes.</param>
/// <param name="Bytes">How many bytes are damaged; 0 where something is missing altogether.</param>
/// <param name="Commit">The first commit that is incomplete or missing.</param>
/// <param name="Explanation">What is wrong, in words.</param>
public sealed record JournalDamage(long Segment, long Offset, long Bytes, long Commit, string Explanation)
{
    /// <inheritdoc/>
    public override string ToString() => $"segment {Segment}, offset {Offset}, {Bytes} bytes, commit {Commit}: {Explanation}";
}
