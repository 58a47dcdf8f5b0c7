namespace Aldis.Services.Messages;

/// <summary>How a <see cref="MessagesClient"/> waits, how much it holds and how long it tries.</summary>
public sealed record MessagesClientOptions : ClientOptions
{
    /// <summary>
    /// How long there may be no usable connection or no server that accepts anything before the client gives up, counted from when that
    /// began (docs/protocols/messages.md section 5.4). Default 10 s; <see cref="TimeSpan.Zero"/> makes one attempt,
    /// <see cref="Timeout.InfiniteTimeSpan"/> never gives up.
    /// </summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether a server that was never reached is tried again too. Default false: an address that refuses at the start is more often
    /// wrong than early.
    /// </summary>
    public bool RetryFirstConnection { get; init; }

    /// <summary>The shortest pause before another try; it doubles up to <see cref="LongestPause"/>, with jitter. Default 100 ms.</summary>
    public TimeSpan ShortestPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause before another try. Default 5 s.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Messages held in memory for sending and repeating; at least the server's window to fill it. Default 4,096.</summary>
    public int MaxPending { get; init; } = 4096;

    /// <summary>Bytes held in memory for sending and repeating; one message is always held. Default 32 MiB.</summary>
    public long MaxPendingBytes { get; init; } = 32L * 1024 * 1024;
}
