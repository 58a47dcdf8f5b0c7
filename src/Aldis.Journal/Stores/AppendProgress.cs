namespace Aldis.Journal.Stores;

/// <summary>How far an appender's messages are. Counts from the appender's opening.</summary>
/// <param name="AcceptedCount">Messages the store accepted.</param>
/// <param name="CommittedCount">How many of them, always the first ones, have reached the store's level.</param>
/// <param name="CommittedSequence">H: sequence number of the last of those; what the client had at the opening if there is none; 0 in
/// the plain form.</param>
/// <param name="Outcome">What becomes of the others.</param>
public readonly record struct AppendProgress(long AcceptedCount, long CommittedCount, long CommittedSequence, AppendOutcome Outcome)
{
    /// <summary>The appender takes nothing more, and nothing more of it will be committed.</summary>
    public bool HasEnded => Outcome != AppendOutcome.Committed;

    /// <summary>Nothing more is under way: all is committed, or the appender has ended.</summary>
    public bool IsSettled => HasEnded || CommittedCount == AcceptedCount;
}
