namespace Aldis.Protocols.Load;

/// <summary>What may go wrong with a load, by kind.</summary>
internal enum LoadFailure
{
    /// <summary>Nobody listens there.</summary>
    ConnectRefused,

    /// <summary>A connection was not open in time.</summary>
    ConnectTimeout,

    /// <summary>It could not be opened for another reason.</summary>
    ConnectFailed,

    /// <summary>The peer reset the connection, or it broke.</summary>
    Reset,

    /// <summary>The peer ended the connection while something was to be answered.</summary>
    Closed,

    /// <summary>A request was not answered in time.</summary>
    Timeout,

    /// <summary>Something else came back than what answers the request.</summary>
    Garbage,

    /// <summary>The server refused, in the words of the conversation.</summary>
    Refused,

    /// <summary>TLS failed, or the server asks for a token that it was not shown.</summary>
    Authentication,
}
