namespace Aldis.Lab.Bench;

/// <summary>What a comparison of transports found (docs/bench.schema.json).</summary>
internal sealed record ComparisonReport
{
    /// <summary>What <see cref="Kind"/> is.</summary>
    public const string KindName = "comparison";

    /// <summary>Of a trial with no link between the two ends.</summary>
    public const string Direct = "direct";

    /// <summary>Of a trial through the link.</summary>
    public const string Linked = "link";

    /// <summary>Tells it from the report of a load.</summary>
    public string Kind { get; init; } = KindName;

    /// <summary>The version of the schema.</summary>
    public int Version { get; init; } = 1;

    /// <summary>When it began, by the clock of the machine: RFC 3339, UTC.</summary>
    public required string Started { get; init; }

    /// <summary>The command that makes it again.</summary>
    public required string Command { get; init; }

    /// <summary>What the link does, in the words of <c>aldis link</c>; null where there was none.</summary>
    public string? Link { get; init; }

    /// <summary>Decides every draw of the link.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How long each transport was tried over each link.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>How long all of it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>What was found of each transport, in the order in which they were tried.</summary>
    public required IReadOnlyList<TransportReport> Results { get; init; }

    /// <summary>What a reader must know to believe the figures, in sentences.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What was found of one transport; null where it was not tried.</summary>
    /// <param name="condition"><see cref="Direct"/> or <see cref="Linked"/>.</param>
    /// <param name="transport">Its name.</param>
    public TransportReport? Find(string condition, string transport) =>
        Results.FirstOrDefault(result => result.Condition == condition && result.Transport == transport);
}

/// <summary>What was found of one transport over one link.</summary>
internal sealed record TransportReport
{
    /// <summary><c>direct</c> or <c>link</c>.</summary>
    public required string Condition { get; init; }

    /// <summary>Its name, such as <c>tcp</c> or <c>arq-go-back-n</c>.</summary>
    public required string Transport { get; init; }

    /// <summary>How long connections took to open; null of datagrams.</summary>
    public LatencySummary? ConnectNs { get; init; }

    /// <summary>Round trips of small messages, one at a time; null where none came back.</summary>
    public LatencySummary? RttNs { get; init; }

    /// <summary>The same, as if they had been sent at their mean pace whatever became of those before.</summary>
    public LatencySummary? RttCorrectedNs { get; init; }

    /// <summary>Small messages that were not answered.</summary>
    public required long RttLost { get; init; }

    /// <summary>Answers that were not what was sent.</summary>
    public required long RttCorrupted { get; init; }

    /// <summary>Pieces one way; of datagrams at a pace at which the receiver keeps up.</summary>
    public TransferReport? Transfer { get; init; }

    /// <summary>Datagrams as fast as they can be sent.</summary>
    public TransferReport? Flood { get; init; }

    /// <summary>Pieces to a receiver that reads slowly.</summary>
    public TransferReport? SlowReader { get; init; }

    /// <summary>Why it ended early, a sentence.</summary>
    public string? Failure { get; init; }
}

/// <summary>What became of pieces that were sent one way.</summary>
internal sealed record TransferReport
{
    /// <summary>Bytes of each.</summary>
    public required int PieceBytes { get; init; }

    /// <summary>Pieces sent.</summary>
    public required long Sent { get; init; }

    /// <summary>Pieces that came whole, each counted once.</summary>
    public required long Delivered { get; init; }

    /// <summary>Pieces that never came.</summary>
    public required long Lost { get; init; }

    /// <summary>Pieces of a stream that the sender had got rid of and the receiver had not read when the time was up.</summary>
    public required long UnderWay { get; init; }

    /// <summary>Pieces that came again.</summary>
    public required long Duplicated { get; init; }

    /// <summary>Pieces that came behind a later one.</summary>
    public required long OutOfOrder { get; init; }

    /// <summary>Pieces in which something is wrong.</summary>
    public required long Corrupted { get; init; }

    /// <summary>How long was sent.</summary>
    public required double Seconds { get; init; }

    /// <summary>Payload bits a second that arrived whole.</summary>
    public required double GoodputBps { get; init; }

    /// <summary>Processor seconds for 10^9 bytes, of both ends and the link; null where nothing arrived.</summary>
    public double? CpuSecondsPerGb { get; init; }

    /// <summary>The share of what was sent that never came.</summary>
    public double LostShare => Sent > 0 ? Math.Round((double)Lost / Sent, 6) : 0;
}
