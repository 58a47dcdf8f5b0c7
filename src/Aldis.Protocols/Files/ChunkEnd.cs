namespace Aldis.Protocols.Files;

/// <summary>What a chunk was whose end has come.</summary>
internal enum ChunkEnd
{
    /// <summary>What its source said: it is to be made durable.</summary>
    Verified,

    /// <summary>Something else: it is asked for again, and overwritten then.</summary>
    Corrupt,

    /// <summary>Something else for the last time: the entry is refused.</summary>
    Hopeless,

    /// <summary>Its source took it back; the entry is skipped next.</summary>
    Withdrawn,

    /// <summary>One of an entry that was refused while it came: of no use.</summary>
    Refused,
}
