namespace Aldis.Journal.Embedded;

/// <summary>One write of the journal, and its sync.</summary>
/// <param name="Commit">Number of the commit.</param>
/// <param name="Messages">Messages in the batch.</param>
/// <param name="Bytes">Bytes of the batch.</param>
/// <param name="WriteDuration">How long the write took.</param>
/// <param name="SyncDuration">How long the sync took; zero where there was none.</param>
public readonly record struct CommitReport(long Commit, int Messages, int Bytes, TimeSpan WriteDuration, TimeSpan SyncDuration);
