namespace Aldis.Services.Echo;

/// <summary>What a measurement found so far.</summary>
internal sealed record EchoMeasurementSummary
{
    /// <summary>Messages sent.</summary>
    public required long Sent { get; init; }

    /// <summary>Messages that came back unchanged.</summary>
    public required long Received { get; init; }

    /// <summary>Bytes of payload of each message.</summary>
    public required int Size { get; init; }

    /// <summary>Connections.</summary>
    public required int Connections { get; init; }

    /// <summary>
    /// Replies that were not what was sent, each taken for the reply to one message; one more where a peer said more than it got.
    /// </summary>
    public required long Corrupted { get; init; }

    /// <summary>Messages whose reply was not overdue when the measurement was broken off; 0 where it came to its end.</summary>
    public required long UnderWay { get; init; }

    /// <summary>Replies that came twice; null where they cannot be told, on streams and with payloads that carry no number.</summary>
    public required long? Duplicates { get; init; }

    /// <summary>Replies that came after a later one; null where that cannot be told.</summary>
    public required long? Reordered { get; init; }

    /// <summary>From the first send to the last reply.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The shortest round trip in nanoseconds; 0 without a reply, like the following.</summary>
    public required long MinNanoseconds { get; init; }

    /// <summary>The round trip that half of them did not pass, in nanoseconds.</summary>
    public required long P50Nanoseconds { get; init; }

    /// <summary>The 90th percentile in nanoseconds.</summary>
    public required long P90Nanoseconds { get; init; }

    /// <summary>The 99th percentile in nanoseconds.</summary>
    public required long P99Nanoseconds { get; init; }

    /// <summary>The longest round trip in nanoseconds.</summary>
    public required long MaxNanoseconds { get; init; }

    /// <summary>Messages that did not come back in time, unchanged or not.</summary>
    public long Lost => Math.Max(0, Sent - Received - Corrupted - UnderWay);

    /// <summary>Round trips per second; 0 without any.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? Received / Elapsed.TotalSeconds : 0;
}
