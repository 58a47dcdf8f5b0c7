namespace Aldis.Transports.Datagrams;

/// <summary>What became of a send.</summary>
internal enum SendOutcome
{
    /// <summary>The system took it, or dropped it in a way that is a loss like any other on the network.</summary>
    Done,

    /// <summary>The system has no room now; the same can be sent later.</summary>
    Busy,

    /// <summary>An earlier datagram was answered by "nobody listens" (ECONNREFUSED); this one was not sent.</summary>
    Refused,
}
