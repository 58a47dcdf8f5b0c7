namespace Aldis.Protocols.Messages;

/// <summary>Why a message was not taken: the word of a NAK (docs/protocols/messages.md section 3.6).</summary>
internal enum NakCode
{
    /// <summary><c>gap</c>: the number is beyond the expected one.</summary>
    Gap,

    /// <summary><c>window</c>: more messages are outstanding than the server allows.</summary>
    Window,

    /// <summary><c>busy</c>: a quota is used up for now.</summary>
    Busy,

    /// <summary><c>disk-full</c>: free space is below the floor.</summary>
    DiskFull,

    /// <summary><c>too-large</c>: the message is longer than the server takes; refused for good, its number goes to the next.</summary>
    TooLarge,

    /// <summary><c>bad-frame</c>: the unit is none of the native form.</summary>
    BadFrame,

    /// <summary><c>conflict</c>: another message was taken under this number.</summary>
    Conflict,

    /// <summary><c>forgotten</c>: a message was taken under this number, and nobody can tell any more whether it is the same.</summary>
    Forgotten,

    /// <summary><c>superseded</c>: a newer connection took over this client's id.</summary>
    Superseded,

    /// <summary><c>shutting-down</c>: the server is going away.</summary>
    ShuttingDown,

    /// <summary><c>store-failed</c>: the store failed and takes nothing until the server is restarted.</summary>
    StoreFailed,

    /// <summary><c>token</c>: the token that the client showed counts no longer.</summary>
    Token,
}
