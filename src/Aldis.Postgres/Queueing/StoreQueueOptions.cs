using Aldis.Protocols.Messages;

namespace Aldis.Postgres.Queueing;

/// <summary>The bounds of a <see cref="StoreQueue"/>.</summary>
internal sealed record StoreQueueOptions
{
    /// <summary>Longest payload taken, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>How many CRCs of each client are kept.</summary>
    public int Window { get; init; } = MessageLimits.DefaultWindow;

    /// <summary>Bytes of payload of one appender that wait or are under way.</summary>
    public int MaxQueuedBytesPerAppender { get; init; } = 4 * 1024 * 1024;

    /// <summary>The same of all appenders.</summary>
    public long MaxQueuedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Payload of one statement; a single message may have more.</summary>
    public int MaxBatchBytes { get; init; } = 1024 * 1024;

    /// <summary>Messages of one statement.</summary>
    public int MaxBatchMessages { get; init; } = 4096;

    /// <summary>Clients of one statement, each of which has its row locked.</summary>
    public int MaxBatchClients { get; init; } = 256;

    /// <summary>How long a message waits for a statement to take it: shorter than a client waits for its answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);
}
