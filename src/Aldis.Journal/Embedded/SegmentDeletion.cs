namespace Aldis.Journal.Embedded;

/// <summary>A segment that retention deleted; no client's mark went with it.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="Age">How long ago its newest message was stored, as far as that is proven: it may be older.</param>
/// <param name="Reason">Why.</param>
public readonly record struct SegmentDeletion(long Segment, long Bytes, TimeSpan Age, RetentionReason Reason);
