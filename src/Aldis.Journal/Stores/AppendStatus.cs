namespace Aldis.Journal.Stores;

/// <summary>Whether a store took a message. Only <see cref="Accepted"/> took it; every other leaves the store as it was.</summary>
public enum AppendStatus
{
    /// <summary>In the queue; the appender's progress says when it has reached the store's level.</summary>
    Accepted,

    /// <summary>
    /// The bytes queued, of this appender or of all, are at their limit: stop reading, await
    /// <see cref="IMessageAppender.WaitForSpaceAsync"/>, try again.
    /// </summary>
    QueueFull,

    /// <summary>Free space is below the floor. The same message may be accepted later.</summary>
    DiskFull,

    /// <summary>The payload is longer than the limit.</summary>
    TooLarge,

    /// <summary>The sequence number is not the one that follows the last one accepted.</summary>
    OutOfSequence,

    /// <summary>The first message of a new client, and the store keeps marks for as many clients as it may.</summary>
    TooManyClients,

    /// <summary>The appender has ended; its progress says with which outcome.</summary>
    Ended,

    /// <summary>The appender was closed.</summary>
    Closed,
}
