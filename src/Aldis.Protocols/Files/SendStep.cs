namespace Aldis.Protocols.Files;

/// <summary>What a source does next.</summary>
/// <param name="Kind">What.</param>
/// <param name="Entry">The entry it is about.</param>
/// <param name="Offset">Where the chunk begins, in bytes.</param>
/// <param name="Length">Bytes of the chunk; <see cref="ChunkSize.Min"/> at most where the file's size is unknown.</param>
internal readonly record struct SendStep(SendStepKind Kind, int Entry = 0, long Offset = 0, int Length = 0)
{
    /// <summary>Why it is skipped.</summary>
    public RefusalCode Code { get; init; }

    /// <summary>Whether the receiver waits for this very chunk: if it cannot be read, it is sent all the same, and withdrawn.</summary>
    public bool IsRepeat { get; init; }

    /// <summary>Whether it is withdrawn in any case: its entry was skipped before the receiver asked for the chunk again.</summary>
    public bool IsWithdrawn { get; init; }

    /// <summary>The chain value before the chunk; null for the first.</summary>
    public ContentDigest? Chain { get; init; }

    /// <summary>How often the source had to go back when this was decided.</summary>
    public int Generation { get; init; }
}
