using System.Globalization;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>A time in which the server took nothing.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Begin">When it began, not later than that; from the beginning of the run of the proof, as all times here.</param>
/// <param name="End">When it ended, not earlier than that; <see cref="TimeSpan.MaxValue"/> while it lasts.</param>
internal readonly record struct Outage(OutageKind Kind, TimeSpan Begin, TimeSpan End);

/// <summary>What a sender printed of one thing that happened.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Name">Its <c>event</c>.</param>
/// <param name="First">Its <c>first</c>, else 0.</param>
/// <param name="Last">Its <c>last</c>, else 0.</param>
internal readonly record struct SenderReport(TimeSpan At, string Name, long First, long Last);

/// <summary>The <c>summary</c> of a run of <c>aldis send</c>.</summary>
/// <param name="Sent">Messages that were to be sent.</param>
/// <param name="Acknowledged">Those that were acknowledged in this run.</param>
/// <param name="Taken">Lines the outbox ever took.</param>
internal sealed record RoundSummary(long Sent, long Acknowledged, long Taken);

/// <summary>What became of one run of a sender.</summary>
internal sealed record EdgeRound
{
    /// <summary>Number of the run, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Whether it was given nothing new and a server that is well, to empty its outbox.</summary>
    public bool IsDrain { get; init; }

    public required TimeSpan Retry { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>Whole lines that were written to its input.</summary>
    public required int Given { get; init; }

    /// <summary>
    /// Whole lines that it read from its input. Arguments count unless a signal came: that may have been before they were looked at.
    /// </summary>
    public required int Consumed { get; init; }

    /// <summary>Whether its input had ended before it did.</summary>
    public required bool InputEnded { get; init; }

    public required TimeSpan Started { get; init; }

    public required TimeSpan Exited { get; init; }

    public required int ExitCode { get; init; }

    /// <summary>The signal it was sent before it ended; null for none.</summary>
    public string? Signal { get; init; }

    /// <summary>Whether it did not end in the time its options allow, and was killed for that.</summary>
    public bool Hung { get; init; }

    public IReadOnlyList<SenderReport> Reports { get; init; } = [];

    /// <summary>Null where it ended without one.</summary>
    public RoundSummary? Summary { get; init; }

    public IReadOnlyList<string> ErrorLines { get; init; } = [];

    /// <summary>What it said last.</summary>
    public string LastWords => ErrorLines.Count == 0 ? "nothing" : ErrorLines[^1];

    /// <summary>Whether it ended by its own judgement, a signal it may answer included.</summary>
    public bool EndedItself => !Hung && Signal != "KILL";

    public override string ToString()
    {
        string summary = Summary is null ? "no summary" : $"{Summary.Acknowledged} of {Summary.Sent} acknowledged, {Summary.Taken} taken";
        string signal = Signal is null ? string.Empty : ", signal " + Signal;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Started.TotalSeconds:0.00} s to {Exited.TotalSeconds:0.00} s: {Given} given, {Consumed} read, "
            + $"input {(InputEnded ? "ended" : "open")}, {summary}, exit {ExitCode}{signal}"
            + $"{(IsDrain ? ", drain" : string.Empty)}{(Hung ? ", HUNG" : string.Empty)}");
    }
}

/// <summary>What became of a sender.</summary>
internal sealed record SenderHistory(SenderPlan Plan, IReadOnlyList<EdgeRound> Rounds);

/// <summary>A record of the journal.</summary>
internal sealed record StoredMessage(string Client, long Sequence, byte[] Payload);

/// <summary>Everything that was seen from outside in one run of the proof.</summary>
internal sealed record EdgeHistory
{
    public required EdgeScenario Scenario { get; init; }

    public required IReadOnlyList<Outage> Outages { get; init; }

    public required IReadOnlyList<SenderHistory> Senders { get; init; }

    /// <summary>The journal, in its order.</summary>
    public required IReadOnlyList<StoredMessage> Journal { get; init; }

    /// <summary>What the server or the journal's readers did that they should not have.</summary>
    public IReadOnlyList<EdgeFault> ServerFaults { get; init; } = [];
}

/// <summary>A promise that was not kept.</summary>
/// <param name="Kind">One word for counting.</param>
/// <param name="Sentence">What happened.</param>
internal sealed record EdgeFault(string Kind, string Sentence)
{
    public override string ToString() => $"{Kind}: {Sentence}";
}
