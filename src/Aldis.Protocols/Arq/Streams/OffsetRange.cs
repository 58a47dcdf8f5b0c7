namespace Aldis.Protocols.Arq.Streams;

/// <summary>A stretch of numbers, offsets or packet numbers.</summary>
/// <param name="Start">The first.</param>
/// <param name="End">One past the last.</param>
internal readonly record struct OffsetRange(long Start, long End);
