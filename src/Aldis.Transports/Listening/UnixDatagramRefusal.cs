namespace Aldis.Transports.Listening;

/// <summary>Why a datagram of a Unix domain socket was not answered.</summary>
internal enum UnixDatagramRefusal
{
    /// <summary>Its sender has no name that an answer could be sent to.</summary>
    NoName,

    /// <summary>It is longer than what is taken.</summary>
    TooLong,

    /// <summary>A token is required, which a datagram cannot show.</summary>
    Token,

    /// <summary>Its sender does not read its answers.</summary>
    Busy,
}
