namespace Aldis.Protocols.Files;

/// <summary>What a source does next.</summary>
internal enum SendStepKind
{
    /// <summary>It waits for the receiver.</summary>
    Wait,

    /// <summary>It sends a chunk.</summary>
    Chunk,

    /// <summary>It computes a file's digest and sends it.</summary>
    Prove,

    /// <summary>It says once more that it does not send an entry.</summary>
    Skip,

    /// <summary>Every entry is settled.</summary>
    Over,
}
