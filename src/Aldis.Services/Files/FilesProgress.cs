namespace Aldis.Services.Files;

/// <summary>How far a transfer is.</summary>
public readonly record struct FilesProgress
{
    /// <summary>The file that is moving; empty where a connection was lost.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of it that are behind, those of earlier attempts included.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes of it in all; −1 where nobody knows before its end.</summary>
    public long Length { get; init; }

    /// <summary>Why a connection was lost and when another is tried, as a sentence; null where one is open.</summary>
    public string? Interruption { get; init; }
}
