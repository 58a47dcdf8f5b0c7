namespace Aldis.Protocols.Files;

/// <summary>One file, directory or symbolic link of a transfer, as its source describes it (docs/protocols/files.md section 7.1).</summary>
internal sealed record ManifestEntry
{
    /// <summary>The <see cref="Size"/> of a file whose source cannot know it before its end, as of a pipe.</summary>
    public const long UnknownSize = -1;

    /// <summary>What it is.</summary>
    public required FileEntryKind Kind { get; init; }

    /// <summary>
    /// Its relative path, components parted by <c>/</c>: 1 to <see cref="FileLimits.MaxPathBytes"/> bytes without 00. They are UTF-8 only if
    /// the source is a friendly one.
    /// </summary>
    public required ReadOnlyMemory<byte> Path { get; init; }

    /// <summary>Bytes of a file, 0 to 2^63−1, or <see cref="UnknownSize"/>; 0 for directories and links.</summary>
    public long Size { get; init; }

    /// <summary>When its content last changed, in nanoseconds since 1970; 0 where that is unknown or earlier.</summary>
    public long ModifiedNs { get; init; }

    /// <summary>Its permission bits, 0 to octal 7777.</summary>
    public int Mode { get; init; }

    /// <summary>A number that is another one after every change (the ctime in nanoseconds); 0 where there is none.</summary>
    public long Change { get; init; }

    /// <summary>What a link points to, 1 to <see cref="FileLimits.MaxPathBytes"/> bytes without 00; empty for the others.</summary>
    public ReadOnlyMemory<byte> Target { get; init; }

    /// <summary>Whether this is the same state of a source as <paramref name="other"/>, as far as size, time and change number tell.</summary>
    /// <param name="other">Another description of the same path.</param>
    /// <returns>False where the source changed. Two of unknown size are never known to be the same.</returns>
    public bool IsSameState(ManifestEntry other) =>
        Kind == other.Kind && Size == other.Size && Size != UnknownSize && ModifiedNs == other.ModifiedNs && Change == other.Change;
}
