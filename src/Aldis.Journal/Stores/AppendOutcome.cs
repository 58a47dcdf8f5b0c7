namespace Aldis.Journal.Stores;

/// <summary>What becomes of the messages of one appender. All but <see cref="Committed"/> end it, and are about all it accepted that is not
/// committed.</summary>
public enum AppendOutcome
{
    /// <summary>It goes on: its messages commit in order, and what is not committed is under way.</summary>
    Committed,

    /// <summary>They are not stored and never will be: the client sends them again.</summary>
    NotStored,

    /// <summary>
    /// Nobody knows: a commit was cancelled, timed out, or its connection broke; a write or a sync failed. Nobody is answered before the
    /// client was opened again and H and its CRCs were read anew.
    /// </summary>
    Unknown,

    /// <summary>Somebody else has the lease: they are not acknowledged here, whatever became of them.</summary>
    LeaseLost,
}
