namespace Aldis.Services.Files;

/// <summary>How a client of the native form of <c>files</c> waits, and how long it tries.</summary>
public sealed record FilesClientOptions : ClientOptions
{
    /// <summary>
    /// The client's id: 1 to 32 characters of A–Z a–z 0–9 . _ -. What was begun is resumed under the same id; a client that has a random one
    /// begins anew.
    /// </summary>
    public required string Client { get; init; }

    /// <summary>
    /// How long there may be no usable connection before the client gives up; whatever is verified or settled begins it anew. Default
    /// 10 s; <see cref="TimeSpan.Zero"/> makes one attempt, <see cref="Timeout.InfiniteTimeSpan"/> never gives up.
    /// </summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a server that was never reached is tried again too. Default false.</summary>
    public bool RetryFirstConnection { get; init; }

    /// <summary>The shortest pause before another try; it doubles up to <see cref="LongestPause"/>, with jitter. Default 100 ms.</summary>
    public TimeSpan ShortestPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause before another try. Default 5 s.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);
}
