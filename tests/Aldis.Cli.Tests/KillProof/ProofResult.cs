using System.Globalization;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>The counts of a proof.</summary>
internal sealed record ProofResult
{
    public required int Seed { get; init; }

    public required int Kills { get; init; }

    /// <summary>How often a client was killed.</summary>
    public required int ClientKills { get; init; }

    /// <summary>Messages that were acknowledged to their clients.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>Messages in the journal.</summary>
    public required long Stored { get; init; }

    /// <summary>Messages that were acknowledged and are not in the journal.</summary>
    public required long Lost { get; init; }

    /// <summary>Records that repeat a message of a native client.</summary>
    public required long Duplicates { get; init; }

    /// <summary>Records of native clients that do not follow the one before them.</summary>
    public required long OutOfOrder { get; init; }

    /// <summary>Records that repeat a message of a plain client, which cannot know whether what it sent before a cut was stored.</summary>
    public required long PlainRepeats { get; init; }

    /// <summary>Whatever else should not have happened.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public bool Holds => Lost == 0 && Duplicates == 0 && OutOfOrder == 0 && Problems.Count == 0;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"kills={Kills} client_kills={ClientKills} acknowledged={Acknowledged} stored={Stored} lost={Lost} duplicates={Duplicates} " +
        $"out_of_order={OutOfOrder} plain_repeats={PlainRepeats} seed={Seed}{string.Concat(Problems.Select(problem => "\n  " + problem))}");
}
