namespace Aldis.Protocols.Messages;

/// <summary>What the answer to a preface is.</summary>
internal enum HelloStatus
{
    /// <summary>The server speaks the native form and says where it stands.</summary>
    Hello,

    /// <summary>The server turns the client away.</summary>
    Error,

    /// <summary>It begins like a preface and is no answer: the peer returned what it was sent.</summary>
    Echo,

    /// <summary>It is nothing of the native form.</summary>
    Unknown,
}
