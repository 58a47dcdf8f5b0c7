namespace Aldis.Journal.Embedded;

/// <summary>Decides which clients are forgotten, <c>docs/protocols/journal.md</c> section 5.3.</summary>
internal static class ForgetRule
{
    /// <summary>Whether no message of a client is left in the journal.</summary>
    /// <param name="lastSegment">Number of the segment that its last message was written to.</param>
    /// <param name="oldestSegment">Number of the oldest segment there is.</param>
    public static bool HasNothingLeft(long lastSegment, long oldestSegment) => lastSegment < oldestSegment;

    /// <summary>Whether a client may be forgotten because it was not seen for long enough.</summary>
    /// <param name="lastSegment">Number of the segment that its last message was written to.</param>
    /// <param name="oldestSegment">Number of the oldest segment there is.</param>
    /// <param name="age">How long ago the newest message of its segment was written, at least.</param>
    /// <param name="maxAge">How long clients are remembered.</param>
    public static bool IsExpired(long lastSegment, long oldestSegment, TimeSpan age, TimeSpan maxAge) =>
        HasNothingLeft(lastSegment, oldestSegment) && age > maxAge;
}
