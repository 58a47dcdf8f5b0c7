namespace Aldis.Protocols.Datagrams;

/// <summary>Why the echo does not answer a datagram.</summary>
internal enum EchoRefusalCause
{
    /// <summary>Its source port is below <see cref="EchoEngine.LowestAnsweredPort"/>.</summary>
    LowPort,

    /// <summary>Its source port is the echo's own.</summary>
    OwnPort,

    /// <summary>Its source is a place where this process receives datagrams.</summary>
    OwnListener,

    /// <summary>Its source is no address of one machine.</summary>
    SourceAddress,

    /// <summary>It was sent to many at once.</summary>
    Destination,

    /// <summary>More came from there than is answered.</summary>
    Rate,

    /// <summary>Too many answers wait for the socket.</summary>
    Waiting,

    /// <summary>A token is required, and a datagram shows none.</summary>
    Token,
}
