namespace Aldis.Journal.Embedded;

/// <summary>What <see cref="JournalReader.Verify"/> found.</summary>
internal sealed record JournalVerification
{
    /// <summary>Number of segments read.</summary>
    public required int Segments { get; init; }

    /// <summary>Number of messages read, every one of them with both its CRCs right.</summary>
    public required long Messages { get; init; }

    /// <summary>Number of clients with a mark.</summary>
    public required int Clients { get; init; }

    /// <summary>Number of the last complete commit; 0 where there is none.</summary>
    public required long LastCommit { get; init; }

    /// <summary>Bytes after it that belong to a commit under way, or to one that was never acknowledged. Not a problem.</summary>
    public required long TornBytes { get; init; }

    /// <summary>Damage where the journal was durable, or null. What comes after it was not read.</summary>
    public required JournalDamage? Damage { get; init; }

    /// <summary>How many stretches a repair left out, and said so. Not a problem any more: nothing that is here is wrong.</summary>
    public required long KnownLosses { get; init; }

    /// <summary>The first 100 ranges of numbers that are missing because of them, as far as later records show them.</summary>
    public required IReadOnlyList<LostRange> Lost { get; init; }

    /// <summary>How many gaps that no repair left, repeats and wrong marks there are.</summary>
    public required long ProblemCount { get; init; }

    /// <summary>The first 100 of them, in words.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>
    /// Every record is right, and every client's sequence is without repeat, and without gap but those of <see cref="KnownLosses"/>, from
    /// its first retained record.
    /// </summary>
    public bool IsSound => Damage is null && ProblemCount == 0;
}
