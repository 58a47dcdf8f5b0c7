namespace Aldis.Protocols.Files;

/// <summary>What a receiver wants of an entry before any byte of it is sent (docs/protocols/files.md section 7.2).</summary>
internal readonly record struct EntryAnswer
{
    /// <summary>What it wants: <see cref="TransferUnitKind.Want"/> (of directories and links nothing is sent), <see cref="TransferUnitKind.Resume"/>, <see cref="TransferUnitKind.Prove"/>,
    /// <see cref="TransferUnitKind.Have"/> (confirmed), or <see cref="TransferUnitKind.Nak"/>.</summary>
    public required TransferUnitKind Kind { get; init; }

    /// <summary>Of Resume: everything before is verified and on disk; a border of chunks (<see cref="ChunkSize.IsBorder"/>).</summary>
    public long Offset { get; init; }

    /// <summary>Of Resume: the chain value at <see cref="Offset"/>.</summary>
    public ContentDigest Chain { get; init; }

    /// <summary>Of Want: what was there was of another state of the source, and was removed.</summary>
    public bool IsChanged { get; init; }

    /// <summary>Of Nak: why.</summary>
    public RefusalCode Code { get; init; }

    /// <summary>Of Nak: why, as a sentence for the server's operator; null where the code says all.</summary>
    public string? Detail { get; init; }
}
