namespace Aldis.Protocols.Framing;

/// <summary>Why a server turns a native connection away: the word after <c>error=</c>.</summary>
internal enum PrefaceError
{
    /// <summary>It does not.</summary>
    None,

    /// <summary><c>version</c>: the preface has a form this version does not know.</summary>
    Version,

    /// <summary><c>service</c>: this address speaks another conversation.</summary>
    Service,

    /// <summary><c>client</c>: the client id is missing or not allowed.</summary>
    Client,

    /// <summary><c>token</c>: a token is required, and this is none or a wrong one.</summary>
    Token,

    /// <summary><c>busy</c>: the store cannot be reached for now, or too many wrong tokens came from there; the client comes back.</summary>
    Busy,

    /// <summary><c>store-failed</c>: nothing can be stored until the server is restarted.</summary>
    StoreFailed,
}
