namespace Aldis.Dashboard.Access;

/// <summary>What becomes of a request.</summary>
internal enum AccessVerdict
{
    /// <summary>It is answered.</summary>
    Allowed,

    /// <summary>It shows neither a token nor a session that counts: 401.</summary>
    Unknown,

    /// <summary>It shows a token that is none: 401, and counted.</summary>
    WrongToken,

    /// <summary>Another page makes it: 403.</summary>
    OtherOrigin,

    /// <summary>It asks for a host that is not this dashboard: 421 (RFC 9110 section 15.5.20).</summary>
    UnknownHost,
}
