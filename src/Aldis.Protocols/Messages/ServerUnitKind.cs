namespace Aldis.Protocols.Messages;

/// <summary>What a unit from a server, other than its hello, says.</summary>
internal enum ServerUnitKind
{
    /// <summary><c>ACK seq level</c>: every message up to that number is safe.</summary>
    Acknowledgement,

    /// <summary><c>NAK seq code</c>: that message and what followed was not taken.</summary>
    Refusal,

    /// <summary><c>BYE</c>: the server's side ends after all acknowledgements.</summary>
    Bye,
}
