namespace Aldis.Journal.Embedded;

/// <summary>The fixed part of a record, decoded; <c>docs/protocols/journal.md</c> section 3.</summary>
internal readonly struct RecordHeader
{
    /// <summary>Length of the whole record in bytes.</summary>
    public int Length { get; init; }

    /// <summary>Number of the commit it belongs to.</summary>
    public long Commit { get; init; }

    /// <summary>The client's number for it; 0 in a plain message.</summary>
    public long Sequence { get; init; }

    /// <summary>When it was received: nanoseconds since 1970-01-01T00:00:00Z.</summary>
    public long TimeNanoseconds { get; init; }

    /// <summary>What it is.</summary>
    public RecordType Type { get; init; }

    /// <summary>Its place in batch and commit.</summary>
    public RecordFlags Flags { get; init; }

    /// <summary>Length of the client id in bytes.</summary>
    public byte ClientLength { get; init; }

    /// <summary>Length of the peer address in bytes.</summary>
    public byte PeerLength { get; init; }

    /// <summary>CRC-32C of the payload.</summary>
    public uint PayloadCrc { get; init; }

    /// <summary>Where the payload begins, in bytes from the beginning of the record.</summary>
    public int PayloadOffset => RecordCodec.FixedLength + ClientLength + PeerLength;

    /// <summary>Length of the payload in bytes.</summary>
    public int PayloadLength => Length - PayloadOffset;
}
