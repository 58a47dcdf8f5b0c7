namespace Aldis.Services.Files;

/// <summary>A file that was received and is stored.</summary>
public sealed record FileReceipt
{
    /// <summary>Where it is on this machine.</summary>
    public required string Path { get; init; }

    /// <summary>Its path below the directory of received files, components parted by <c>/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of it.</summary>
    public required long Length { get; init; }

    /// <summary>The peer's address as text, as events name it.</summary>
    public required string Peer { get; init; }

    /// <summary>The id of the client that sent it; null in the plain form, which has none.</summary>
    public string? Client { get; init; }

    /// <summary>Its digest as 64 hexadecimal digits (docs/protocols/files.md section 8), by the algorithm that the client chose; null in the
    /// plain form.</summary>
    public string? Digest { get; init; }
}
