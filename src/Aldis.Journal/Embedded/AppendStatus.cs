namespace Aldis.Journal.Embedded;

/// <summary>Whether the journal took a message. Only <see cref="Accepted"/> took it; every other leaves the journal as it was.</summary>
public enum AppendStatus
{
    /// <summary>In the queue; the appender's progress says when it has reached the journal's level.</summary>
    Accepted,

    /// <summary>
    /// The bytes queued, of this appender or of all, are at their limit: stop reading, await <see
    /// cref="JournalAppender.WaitForSpaceAsync"/>, try again.
    /// </summary>
    QueueFull,

    /// <summary>Free space is below the floor. The same message may be accepted later.</summary>
    DiskFull,

    /// <summary>A write or a sync has failed, or the journal is closed: it takes nothing until it is opened again.</summary>
    StoreFailed,

    /// <summary>The payload is longer than the limit.</summary>
    TooLarge,

    /// <summary>The sequence number is not the one that follows <see cref="JournalClient.Taken"/>.</summary>
    OutOfSequence,

    /// <summary>The first message of a new client, and the journal keeps marks for as many clients as it may.</summary>
    TooManyClients,

    /// <summary>The appender is closed.</summary>
    AppenderClosed,
}
