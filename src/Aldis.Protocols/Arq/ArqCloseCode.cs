namespace Aldis.Protocols.Arq;

/// <summary>Why a connection ended; carried by RESET (docs/arq.md, "RESET"). Codes from 1,000 to 2^31 - 1 belong to applications. A code
/// that says nothing where it comes from, or does not stand here, is taken for <see cref="Aborted"/>.</summary>
internal enum ArqCloseCode
{
    /// <summary>In order: both directions finished and acknowledged.</summary>
    None = 0,

    /// <summary>The peer refuses the connection as it was asked for.</summary>
    Refused = 1,

    /// <summary>A packet broke the rules: an acknowledgement of what was never sent, a second end of stream, and the like.</summary>
    Protocol = 2,

    /// <summary>Data beyond the granted credit.</summary>
    FlowControl = 3,

    /// <summary>The peer does not know this connection: it was restarted.</summary>
    Unknown = 4,

    /// <summary>Nothing heard within the idle limit, or data unacknowledged within the user time-out.</summary>
    Timeout = 5,

    /// <summary>No answer within the connect time-out.</summary>
    ConnectTimeout = 6,

    /// <summary>The peer's machine says that nobody listens on the port.</summary>
    Unreachable = 7,

    /// <summary>The application gave up the connection.</summary>
    Aborted = 8,

    /// <summary>The memory for all connections is lent, and this one held some without getting on.</summary>
    Overloaded = 9,

    /// <summary>The server speaks none of the versions the client offers.</summary>
    Version = 10,

    /// <summary>The CONFIRM opens nothing: its cookie is too old, of an earlier run of the server, or was given to another
    /// address.</summary>
    Expired = 11,

    /// <summary>A packet of the connection came from another address than the connection's; connections do not move.</summary>
    Moved = 12,

    /// <summary>The first code an application may choose.</summary>
    Application = 1000,
}
