namespace Aldis.Services.Files;

/// <summary>What became of a file, a directory or a link of a transfer.</summary>
public sealed record FileOutcome
{
    /// <summary>Its path as it was offered, components parted by <c>/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Why it was not taken, as a word of docs/protocols/files.md section 10, for example <c>exists</c>; null where it is confirmed: durable,
    /// under its name, with the content that was sent.
    /// </summary>
    public string? Refusal { get; init; }

    /// <summary>Whether it was there already, with the same content.</summary>
    public bool WasThere { get; init; }

    /// <summary>The file's digest as 64 hexadecimal digits (docs/protocols/files.md section 8); null where this transfer did not compute it.</summary>
    public string? Digest { get; init; }
}
