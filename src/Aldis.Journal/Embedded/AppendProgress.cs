namespace Aldis.Journal.Embedded;

/// <summary>How far an appender's messages are. Counts from the appender's opening.</summary>
/// <param name="AcceptedCount">Messages the journal accepted.</param>
/// <param name="CommittedCount">How many of them, always the first ones, have reached the journal's level.</param>
/// <param name="CommittedSequence">Sequence number of the last of those; what the client's mark was at the opening if there is none; 0 in
/// the plain form.</param>
/// <param name="IsFailed">The journal failed or was closed: what is not committed will not be acknowledged.</param>
public readonly record struct AppendProgress(long AcceptedCount, long CommittedCount, long CommittedSequence, bool IsFailed)
{
    /// <summary>Nothing more is under way: all is committed, or the journal failed.</summary>
    public bool IsSettled => IsFailed || CommittedCount == AcceptedCount;
}
