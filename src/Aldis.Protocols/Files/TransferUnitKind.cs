namespace Aldis.Protocols.Files;

/// <summary>The units of an open transfer (docs/protocols/files.md sections 7.2 and 9). The words on the wire are these in capitals.</summary>
internal enum TransferUnitKind
{
    /// <summary><c>WANT first last [changed]</c>: send the files among these from their beginning.</summary>
    Want,

    /// <summary><c>RESUME n offset</c> and 32 bytes: send it from there; they are the chain value there.</summary>
    Resume,

    /// <summary><c>PROVE first last</c>: say the digests of these files.</summary>
    Prove,

    /// <summary><c>HAVE first last level</c>: confirmed, they are there already.</summary>
    Have,

    /// <summary><c>NAK first last code</c>: not taken.</summary>
    Nak,

    /// <summary><c>DATA n offset length</c>, a chunk, and its chain value.</summary>
    Data,

    /// <summary><c>SKIP n code</c>: the source does not send it.</summary>
    Skip,

    /// <summary><c>PROOF n</c> and 32 bytes: the digest of the whole file.</summary>
    Proof,

    /// <summary><c>ACK n offset</c>: everything before is verified and on disk.</summary>
    Ack,

    /// <summary><c>AGAIN n offset</c>: that chunk is not what its digest says.</summary>
    Again,

    /// <summary><c>NAMED n bytes</c> and a name: it got another name.</summary>
    Named,

    /// <summary><c>DONE first last level</c>: confirmed.</summary>
    Done,
}
