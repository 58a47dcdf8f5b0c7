namespace Aldis.Protocols.Messages;

/// <summary>What <see cref="MessageHandshake.Read"/> made of the bytes it was given.</summary>
public enum HandshakeStatus
{
    /// <summary>More must arrive.</summary>
    NeedMore,

    /// <summary>The client is known by its id and may be attached to its ledger.</summary>
    Accepted,

    /// <summary>The client is turned away with <see cref="MessageHandshake.Error"/>.</summary>
    Refused,
}
