namespace Aldis.Transports;

/// <summary>Why a conversation did not come to its end, by what a caller can do about it.</summary>
public enum CommunicationFailure
{
    /// <summary>The network said no: name not found, refused, reset, unreachable, closed too early. Trying again may help.</summary>
    Network,

    /// <summary>Nothing was heard in time. Whether the peer got what was sent is not known.</summary>
    Timeout,

    /// <summary>The peer answered and refused, or speaks something else. Trying the same again does not help.</summary>
    Refused,

    /// <summary>What came back is not what was sent.</summary>
    Integrity,

    /// <summary>The peer could not be authenticated: a certificate or TLS handshake failed.</summary>
    Authentication,
}
