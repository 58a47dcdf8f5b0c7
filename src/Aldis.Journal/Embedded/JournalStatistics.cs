namespace Aldis.Journal.Embedded;

/// <summary>Counts since the journal was opened, and what waits now.</summary>
/// <param name="Messages">Messages written.</param>
/// <param name="Bytes">Bytes of records written.</param>
/// <param name="Batches">Writes.</param>
/// <param name="Syncs">Syncs of segments.</param>
/// <param name="QueuedBytes">Bytes of records that wait or are being written.</param>
/// <param name="Segments">Segments there are.</param>
/// <param name="IsDiskFull">Free space is below the floor.</param>
/// <param name="IsFailed">A write or a sync has failed, or the journal is closed.</param>
public sealed record JournalStatistics(
    long Messages, long Bytes, long Batches, long Syncs, long QueuedBytes, int Segments, bool IsDiskFull, bool IsFailed);
