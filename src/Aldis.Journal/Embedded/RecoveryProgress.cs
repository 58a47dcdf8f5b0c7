namespace Aldis.Journal.Embedded;

/// <summary>How far the opening of a journal is.</summary>
/// <param name="SegmentsRead">Segments that were read and checked; after a repair they are counted anew.</param>
/// <param name="Segments">Segments there are.</param>
/// <param name="BytesRead">Bytes that were read and checked.</param>
/// <param name="Messages">Messages that were found.</param>
/// <param name="Elapsed">How long it took so far.</param>
internal readonly record struct RecoveryProgress(int SegmentsRead, int Segments, long BytesRead, long Messages, TimeSpan Elapsed);
