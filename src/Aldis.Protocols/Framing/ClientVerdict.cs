namespace Aldis.Protocols.Framing;

/// <summary>Whether a peer may be the client it says it is.</summary>
public enum ClientVerdict
{
    /// <summary>It may not.</summary>
    Refused,

    /// <summary>It may where it shows the right token: it has shown none, or a wrong one.</summary>
    TokenRequired,

    /// <summary>It may.</summary>
    Allowed,

    /// <summary>Nobody says now: it may come back later.</summary>
    Later,
}
