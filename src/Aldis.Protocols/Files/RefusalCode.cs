namespace Aldis.Protocols.Files;

/// <summary>Why an entry, or a whole transfer, is not taken (docs/protocols/files.md section 10).</summary>
internal enum RefusalCode
{
    /// <summary><c>exists</c>: something else has the name.</summary>
    Exists,

    /// <summary><c>too-large</c>: longer than the receiver takes.</summary>
    TooLarge,

    /// <summary><c>quota</c>: the receiver's quota of bytes or files is used up.</summary>
    Quota,

    /// <summary><c>disk-full</c>: free space is below the receiver's floor.</summary>
    DiskFull,

    /// <summary><c>bad-name</c>: the receiver does not take such a name.</summary>
    BadName,

    /// <summary><c>busy</c>: another transfer is writing that name, or none can be taken for now. It may be tried again.</summary>
    Busy,

    /// <summary><c>changed</c>: the source changed while it was sent.</summary>
    Changed,

    /// <summary><c>unreadable</c>: the source could not be read.</summary>
    Unreadable,

    /// <summary><c>corrupt</c>: it arrived with another digest than was said, again and again.</summary>
    Corrupt,

    /// <summary><c>not-stored</c>: the disk failed, and nothing is under the name.</summary>
    NotStored,

    /// <summary><c>uncertain</c>: it has its name, but a power cut may take it away.</summary>
    Uncertain,

    /// <summary><c>missing</c>: nothing is there to verify.</summary>
    Missing,

    /// <summary><c>differs</c>: what is there is something else.</summary>
    Differs,

    /// <summary><c>too-many</c>: more entries, or a longer manifest, than the receiver takes.</summary>
    TooMany,

    /// <summary><c>digest</c>: the digest of what was said at the opening is wrong.</summary>
    Digest,

    /// <summary><c>bad-frame</c>: a unit that is none, or not the expected one.</summary>
    BadFrame,

    /// <summary><c>not-shared</c>: the server shares nothing.</summary>
    NotShared,

    /// <summary><c>not-found</c>: there is no such path.</summary>
    NotFound,

    /// <summary><c>superseded</c>: a newer connection took the transfer over.</summary>
    Superseded,

    /// <summary><c>shutting-down</c>: the server stops; come back.</summary>
    ShuttingDown,

    /// <summary><c>store-failed</c>: nothing can be stored until the server is restarted.</summary>
    StoreFailed,

    /// <summary><c>token</c>: the client's token does not give the right, or counts no longer.</summary>
    Token,
}
