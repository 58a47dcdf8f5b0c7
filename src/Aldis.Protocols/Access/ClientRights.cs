namespace Aldis.Protocols.Access;

/// <summary>What a client may do, or wants to; several together.</summary>
[Flags]
public enum ClientRights
{
    /// <summary>Nothing; of a claim: it has not said yet what it wants.</summary>
    None = 0,

    /// <summary>Give the server something: messages, files, text that is answered.</summary>
    Send = 1,

    /// <summary>Take something from the server that others gave it, or that it shares.</summary>
    Read = 2,

    /// <summary>Whatever there is, <see cref="Send"/> and <see cref="Read"/> included.</summary>
    Admin = 4,
}
