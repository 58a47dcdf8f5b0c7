using Aldis.Journal.Storage;

namespace Aldis.Services.Files.Sources;

/// <summary>One thing that a <see cref="SourceTree"/> found.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">What it is called over there: the name of what was given, and of what is below it the way down too.</param>
/// <param name="Path">Where it is here.</param>
/// <param name="Status">What the system says of it; default where it could not be asked.</param>
internal sealed record SourceEntry(SourceKind Kind, string Name, string Path, FileStatus Status)
{
    private const int PermissionBits = 0xFFF;

    /// <summary>Its permissions, as chmod takes them; at most 0o7777.</summary>
    public int Permissions => Status.Mode & PermissionBits;

    /// <summary>Bytes to copy: those of a file, and 0 of everything else.</summary>
    public long Length => Kind == SourceKind.File ? Status.Length : 0;

    /// <summary>What a <see cref="SourceKind.Stream"/> is read from, where that is not what has its path, such as standard input.</summary>
    public Stream? Content { get; init; }

    /// <summary>What a <see cref="SourceKind.Link"/> holds.</summary>
    public string? Target { get; init; }

    /// <summary>Why a <see cref="SourceKind.Skipped"/> one is, as the end of a sentence that begins with its name.</summary>
    public string? Note { get; init; }

    /// <summary>Whether a skipped one should have been copied: it is there and cannot be read. False for what no copy has, such as a
    /// socket.</summary>
    public bool IsFailure { get; init; }
}
