namespace Aldis.Services.Files;

/// <summary>Something that a server shares.</summary>
public sealed record SharedFile
{
    /// <summary>Its path from the root of what is shared, components parted by <c>/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>Bytes of a file; 0 of others.</summary>
    public long Length { get; init; }

    /// <summary>When its content last changed.</summary>
    public DateTimeOffset Modified { get; init; }
}
