using System.Text.Json.Serialization;

namespace Aldis.Lab.Bench;

/// <summary>What a load found (docs/bench.schema.json).</summary>
internal sealed record LoadReport
{
    /// <summary>What <see cref="Kind"/> is.</summary>
    public const string KindName = "load";

    /// <summary>Tells it from a comparison of transports.</summary>
    public string Kind { get; init; } = KindName;

    /// <summary>The version of the schema.</summary>
    public int Version { get; init; } = 1;

    /// <summary>When it began, by the clock of the machine: RFC 3339, UTC.</summary>
    public required string Started { get; init; }

    /// <summary>The address.</summary>
    public required string Target { get; init; }

    /// <summary>The conversation.</summary>
    public required string Conversation { get; init; }

    /// <summary><c>open</c>, at a rate, or <c>closed</c>, the next request when one was answered.</summary>
    public required string Loop { get; init; }

    /// <summary>Connections that were asked for.</summary>
    public required int Connections { get; init; }

    /// <summary>Connections that were open at the end.</summary>
    public required int ConnectionsOpen { get; init; }

    /// <summary>Requests under way on each connection at once.</summary>
    public required int Window { get; init; }

    /// <summary>Bytes of payload of a request.</summary>
    public required int Length { get; init; }

    /// <summary>Requests a second that were asked for; null in a closed loop.</summary>
    public double? RateAsked { get; init; }

    /// <summary>How long the opening of connections was spread out.</summary>
    public required double RampSeconds { get; init; }

    /// <summary>How long was sent before it was measured.</summary>
    public required double WarmUpSeconds { get; init; }

    /// <summary>How long was measured.</summary>
    public required double Seconds { get; init; }

    /// <summary>Requests that were sent.</summary>
    public required long Sent { get; init; }

    /// <summary>Requests that were answered.</summary>
    public required long Answered { get; init; }

    /// <summary>Answers a second.</summary>
    public required double Rate { get; init; }

    /// <summary>Requests that were due and could not be sent.</summary>
    public required long Unsent { get; init; }

    /// <summary>Requests that had no answer at the end, and were not late.</summary>
    public required long Unanswered { get; init; }

    /// <summary>Round trips from when a request was sent; null where none was answered.</summary>
    public LatencySummary? RttNs { get; init; }

    /// <summary>Round trips from when it was due: corrected for coordinated omission; null where none was answered.</summary>
    public LatencySummary? RttCorrectedNs { get; init; }

    /// <summary>The interval by which a closed loop is corrected, in nanoseconds; null in an open one.</summary>
    public long? ExpectedIntervalNs { get; init; }

    /// <summary>How long connections took to open; null where none did.</summary>
    public LatencySummary? ConnectNs { get; init; }

    /// <summary>How much later than due the generator sent although nothing was in its way; null in a closed loop.</summary>
    public LatencySummary? GeneratorLateNs { get; init; }

    /// <summary>What went wrong, by kind.</summary>
    public required IReadOnlyList<LoadError> Errors { get; init; }

    /// <summary>What a reader must know to believe the figures, in sentences.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What was expected of it.</summary>
    public required IReadOnlyList<Expectation> Expectations { get; init; }

    /// <summary>How often anything went wrong.</summary>
    [JsonIgnore]
    public long Failures => Errors.Sum(static error => error.Count);
}

/// <summary>What went wrong, of one kind.</summary>
/// <param name="Kind">The kind, a word.</param>
/// <param name="Count">How often: for requests, or connections that failed.</param>
/// <param name="Message">What it was the first time, a sentence.</param>
internal sealed record LoadError(string Kind, long Count, string Message);

/// <summary>What was expected of a measurement, and whether it was so.</summary>
/// <param name="Name">The option that asked for it, without its dashes.</param>
/// <param name="Asked">The bound, in nanoseconds or per second.</param>
/// <param name="Found">What was measured; null where nothing was.</param>
/// <param name="IsMet">Whether it was as expected.</param>
internal sealed record Expectation(string Name, double Asked, double? Found, bool IsMet);
