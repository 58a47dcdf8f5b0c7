namespace Aldis.Protocols.Messages;

/// <summary>Why a sender's connection is over (docs/protocols/messages.md section 5.3).</summary>
public enum SenderEnd
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>Everything is acknowledged and both sides said goodbye.</summary>
    Completed,

    /// <summary>The connection ended without a word.</summary>
    Cut,

    /// <summary>The server is going away.</summary>
    ShuttingDown,

    /// <summary>The server cannot reach its store for now.</summary>
    StoreUnavailable,

    /// <summary>The server's store failed; it takes nothing until it is restarted.</summary>
    StoreFailed,

    /// <summary>A message was refused for good; the others go on with the next connection.</summary>
    MessageRefused,

    /// <summary>A newer connection took over this client's id.</summary>
    Superseded,

    /// <summary>The server holds another message under one of this client's numbers: two senders share an id, or an outbox was
    /// lost.</summary>
    Conflict,

    /// <summary>The server took a message under one of this client's numbers and cannot tell any more whether it is the same.</summary>
    Forgotten,

    /// <summary>The server refused the preface: <see cref="MessageSender.PrefaceError"/> says why.</summary>
    Refused,

    /// <summary>The peer is no message server: it echoed the preface or answered something else.</summary>
    NotMessageServer,

    /// <summary>The peer speaks the plain form only.</summary>
    PlainServer,

    /// <summary>The server broke the rules of the native form, or says that we did.</summary>
    ProtocolViolation,
}
