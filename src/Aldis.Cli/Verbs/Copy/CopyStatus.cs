namespace Aldis.Cli.Verbs.Copy;

/// <summary>How far a copy is, at one moment.</summary>
internal sealed record CopyStatus
{
    /// <summary>The file that is under way, escaped; empty where none is.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Bytes of that file that the other side has.</summary>
    public long FileBytes { get; init; }

    /// <summary>Bytes of that file; null where it is not known, as for a pipe.</summary>
    public long? FileLength { get; init; }

    /// <summary>Entries that are settled.</summary>
    public long Files { get; init; }

    /// <summary>Entries there are.</summary>
    public long TotalFiles { get; init; } = 1;

    /// <summary>Bytes of all files that the other side has, those that it had before among them.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes of all files; null where it is not known.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Bytes a second lately; 0 before that is known.</summary>
    public double Speed { get; init; }

    /// <summary>Bytes that need not be sent, because they arrived in an earlier attempt.</summary>
    public long ResumedBytes { get; init; }

    /// <summary>Chunks that were hashed here.</summary>
    public long ChunksHashed { get; init; }

    /// <summary>Those of them that the other side had verified already: 0, or this command is mistaken.</summary>
    public long ChunksHashedAgain { get; init; }

    /// <summary>Packets that were sent again; null where the transport does not tell.</summary>
    public long? Retransmissions { get; init; }

    /// <summary>Why nothing moves; null where it does.</summary>
    public string? Standstill { get; init; }
}
