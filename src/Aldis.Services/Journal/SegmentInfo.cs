namespace Aldis.Services.Journal;

/// <summary>What retention decides by.</summary>
/// <param name="Number">Number of the segment.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="NewestNanoseconds">Time of receipt of the newest message in it, or of its birth.</param>
internal readonly record struct SegmentInfo(long Number, long Bytes, long NewestNanoseconds);
