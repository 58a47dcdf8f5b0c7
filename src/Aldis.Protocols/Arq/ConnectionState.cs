namespace Aldis.Protocols.Arq;

/// <summary>Where a connection stands (docs/arq.md, "States").</summary>
internal enum ConnectionState : byte
{
    /// <summary>The client has asked (SYN) and waits for a cookie.</summary>
    SynSent = 0,

    /// <summary>The client has returned the cookie (CONFIRM) and waits for a first packet of the server.</summary>
    Confirming = 1,

    /// <summary>Both sides know of each other; data flows. Each direction may already have ended.</summary>
    Open = 2,

    /// <summary>Both directions ended and every byte was acknowledged.</summary>
    Closed = 3,

    /// <summary>Ended by an error: see <see cref="ArqConnection.CloseCode"/>.</summary>
    Reset = 4,
}
