namespace Aldis.Journal.Embedded;

/// <summary>What was found when a journal was opened.</summary>
public sealed record RecoveryReport
{
    /// <summary>Number of segments.</summary>
    public required int Segments { get; init; }

    /// <summary>Bytes that were read and checked.</summary>
    public long BytesChecked { get; init; }

    /// <summary>How long it took, a repair included.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Number of messages in them.</summary>
    public required long Messages { get; init; }

    /// <summary>Number of clients with a mark.</summary>
    public required int Clients { get; init; }

    /// <summary>Number of the last commit; 0 where there is none.</summary>
    public required long LastCommit { get; init; }

    /// <summary>Bytes of a commit that was never acknowledged, cut from the end.</summary>
    public required long TornBytes { get; init; }

    /// <summary>What a repair left out; empty unless repair was asked for and needed.</summary>
    public required IReadOnlyList<JournalDamage> Repaired { get; init; }

    /// <summary>
    /// For each client with messages a repair could not keep: the missing sequence numbers, as far as later records show them.
    /// </summary>
    public required IReadOnlyList<LostRange> Lost { get; init; }
}
