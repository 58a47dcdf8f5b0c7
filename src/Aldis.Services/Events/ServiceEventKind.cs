namespace Aldis.Services.Events;

/// <summary>What happened. The name in lower case with hyphens is the value of <c>"event"</c> in the command's NDJSON.</summary>
public enum ServiceEventKind
{
    /// <summary>A client connected and was admitted.</summary>
    ConnectionOpened,

    /// <summary>A connection ended; <see cref="ServiceEvent.Detail"/> says why where it was not the client's orderly close.</summary>
    ConnectionClosed,

    /// <summary>A connection was turned away before its first byte was served; <see cref="ServiceEvent.Detail"/> names the limit, or says
    /// how its TLS handshake failed.</summary>
    ConnectionRefused,

    /// <summary>Text arrived in a conversation without frames (<c>ack</c>, <c>exchange</c>) and was answered.</summary>
    TextReceived,

    /// <summary>A whole message arrived and was answered.</summary>
    MessageReceived,

    /// <summary>A message was refused; <see cref="ServiceEvent.Detail"/> is the reason the client was told.</summary>
    MessageRefused,

    /// <summary>The greeting of a plain file transfer arrived and was answered.</summary>
    GreetingReceived,

    /// <summary>A file is complete, on disk under its final name (<see cref="ServiceEvent.Detail"/>).</summary>
    FileReceived,

    /// <summary>A file was not stored, or may not outlive a power cut; <see cref="ServiceEvent.Detail"/> says which and why.</summary>
    FileRefused,

    /// <summary>A datagram got no answer; <see cref="ServiceEvent.Detail"/> says why.</summary>
    DatagramRefused,

    /// <summary>Retention deleted a segment of the journal; <see cref="ServiceEvent.Detail"/> says which and why.</summary>
    SegmentDeleted,

    /// <summary>The wall clock has jumped; <see cref="ServiceEvent.Detail"/> says how far, and what that means.</summary>
    ClockJumped,

    /// <summary>Something failed in a way it should not: a handler, whose connection was closed while the others go on, or, where no
    /// service is named, what lies below the handlers.</summary>
    Fault,

    /// <summary>A listener died and is being opened again; <see cref="ServiceEvent.Detail"/> says which and of what.</summary>
    ListenerFailed,

    /// <summary>A listener that died is open again; <see cref="ServiceEvent.Detail"/> says which.</summary>
    ListenerReopened,

    /// <summary>A listener that died could not be opened again, and nobody listens there any more; <see cref="ServiceEvent.Detail"/> says
    /// which and why.</summary>
    ListenerLost,

    /// <summary>A client was forgotten, as the operator asked; <see cref="ServiceEvent.Detail"/> says why.</summary>
    ClientForgotten,

    /// <summary>A file that the operator changed was read again and counts now; <see cref="ServiceEvent.Detail"/> says which.</summary>
    Reloaded,

    /// <summary>A file that the operator changed was read again and is bad: what was read before goes on counting;
    /// <see cref="ServiceEvent.Detail"/> says what is wrong.</summary>
    ReloadRefused,

    /// <summary>A certificate of the server is not valid, or not for long; <see cref="ServiceEvent.Detail"/> says which.</summary>
    CertificateExpires,

    /// <summary>The database in which messages are kept takes them; <see cref="ServiceEvent.Detail"/> says where.</summary>
    StoreReady,

    /// <summary>The database in which messages are kept takes none for now: clients are told <c>busy</c>;
    /// <see cref="ServiceEvent.Detail"/> says why.</summary>
    StoreUnavailable,

    /// <summary>A token was taken back, or given back, at the dashboard; <see cref="ServiceEvent.Detail"/> says which.</summary>
    TokenChanged,

    /// <summary>A client was told that its message is as safe as the level says: in the native form all up to
    /// <see cref="ServiceEvent.Sequence"/>, in the plain form the next one of the connection.</summary>
    MessageAcknowledged,
}
