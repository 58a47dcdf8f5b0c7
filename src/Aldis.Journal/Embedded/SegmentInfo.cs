namespace Aldis.Journal.Embedded;

/// <summary>A segment there is.</summary>
/// <param name="Number">Number of the segment.</param>
/// <param name="Bytes">Its length in bytes.</param>
internal readonly record struct SegmentInfo(long Number, long Bytes);
