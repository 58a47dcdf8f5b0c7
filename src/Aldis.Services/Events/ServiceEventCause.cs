namespace Aldis.Services.Events;

/// <summary>
/// Why something happened, as one word of a closed set: what programs count and compare, beside the sentence for people
/// (<see cref="ServiceEvent.Detail"/>). The name in lower case with hyphens is the value of <c>"cause"</c> in NDJSON; docs/events.md
/// has the table.
/// </summary>
public enum ServiceEventCause : byte
{
    /// <summary>There is nothing to explain.</summary>
    None,

    /// <summary>A reason that a conversation of the user's own gave; only its sentence tells it.</summary>
    Other,

    /// <summary>As many connections are open as the server takes.</summary>
    ConnectionLimit,

    /// <summary>As many connections are open from one address as it may have.</summary>
    AddressLimit,

    /// <summary>The process has no file descriptor left for it, or too few for its limits.</summary>
    DescriptorLimit,

    /// <summary>The TLS handshake failed, or the client broke it off.</summary>
    HandshakeFailed,

    /// <summary>The TLS handshake was not finished in time.</summary>
    HandshakeTimeout,

    /// <summary>The client left before the TLS handshake.</summary>
    HandshakeMissing,

    /// <summary>The server stops.</summary>
    ServerStopping,

    /// <summary>No byte moved for too long.</summary>
    Idle,

    /// <summary>A header was begun and not finished in time.</summary>
    HeaderTimeout,

    /// <summary>The client reset the connection.</summary>
    ClientReset,

    /// <summary>The client acknowledged nothing until the system gave up.</summary>
    ClientSilent,

    /// <summary>The client was gone before it had its answer.</summary>
    ClientGone,

    /// <summary>The server cut the connection.</summary>
    Aborted,

    /// <summary>The way to the client broke; the sentence has what the system says.</summary>
    Broken,

    /// <summary>The client came over another connection, which took this one's place.</summary>
    Superseded,

    /// <summary>What serves a connection failed in a way it should not.</summary>
    HandlerFailed,

    /// <summary>What lies below the conversations warns or failed.</summary>
    TransportFault,

    /// <summary>The preface has a form this version does not know.</summary>
    PrefaceVersion,

    /// <summary>The preface asks for another conversation.</summary>
    PrefaceService,

    /// <summary>The client id is missing or not allowed.</summary>
    PrefaceClient,

    /// <summary>A token is required, and this is none or a wrong one.</summary>
    PrefaceToken,

    /// <summary>The plain header, or the native unit, is none.</summary>
    BadFrame,

    /// <summary>The message's number is beyond the expected one.</summary>
    Gap,

    /// <summary>More messages are outstanding than the server allows.</summary>
    Window,

    /// <summary>A quota is used up for now.</summary>
    Busy,

    /// <summary>Free space is below the floor.</summary>
    DiskFull,

    /// <summary>The message is longer than the server takes.</summary>
    TooLarge,

    /// <summary>Another message was taken under this number.</summary>
    Conflict,

    /// <summary>A message was taken under this number, and nobody can tell whether it is the same.</summary>
    Forgotten,

    /// <summary>The store failed and takes nothing more.</summary>
    StoreFailed,

    /// <summary>The file did not come to its end.</summary>
    Incomplete,

    /// <summary>The file could not be stored.</summary>
    NotStored,

    /// <summary>The datagram's source port is one that is not answered.</summary>
    SourcePort,

    /// <summary>The segment's newest message is older than is kept.</summary>
    RetainAge,

    /// <summary>The journal was larger than it may be.</summary>
    RetainSize,

    /// <summary>The clock went ahead.</summary>
    ClockAhead,

    /// <summary>The clock went back.</summary>
    ClockBack,

    /// <summary>As many handshakes from one address are under way as it may have, and none ended in time.</summary>
    HandshakeLimit,

    /// <summary>The datagram's source is no address of one machine.</summary>
    SourceAddress,

    /// <summary>The datagram was sent to many at once, by broadcast or multicast.</summary>
    Broadcast,

    /// <summary>More datagrams came from one address than are answered.</summary>
    RateLimit,

    /// <summary>Whether the store took it is not known: nothing was answered, and the client learns it when it comes again.</summary>
    StoreUnknown,

    /// <summary>Memory for what is received was scarce, and the client did not move.</summary>
    MemoryLimit,

    /// <summary>The process had no memory for it.</summary>
    OutOfMemory,

    /// <summary>As many new client ids came from one sender as it may bring.</summary>
    NewClientLimit,

    /// <summary>New client ids come from one sender faster than they may.</summary>
    NewClientRate,

    /// <summary>The client was not seen for longer than clients are remembered.</summary>
    ForgetAge,

    /// <summary>Something else has the file's name.</summary>
    Exists,

    /// <summary>The client's quota of bytes or files is used up.</summary>
    Quota,

    /// <summary>The file has a name that is not taken.</summary>
    BadName,

    /// <summary>The file changed at its source while it was sent.</summary>
    SourceChanged,

    /// <summary>The file could not be read at its source.</summary>
    SourceUnreadable,

    /// <summary>What came is not what its digest says.</summary>
    Corrupt,

    /// <summary>Files were asked for, and nothing is shared.</summary>
    NotShared,

    /// <summary>What was asked for is not there.</summary>
    NotFound,

    /// <summary>The file is under its name, and a power cut may take it away.</summary>
    Uncertain,

    /// <summary>The client showed no certificate, one that nobody vouches for, or one that is for another client id.</summary>
    ClientCertificate,

    /// <summary>What was read again is bad, or could not be read.</summary>
    ReloadFailed,

    /// <summary>The certificate is not valid, or ends within 14 days.</summary>
    CertificateExpires,

    /// <summary>A token is required, and none was shown.</summary>
    TokenMissing,

    /// <summary>The token that was shown is a wrong one.</summary>
    TokenUnknown,

    /// <summary>The time of the token is over.</summary>
    TokenExpired,

    /// <summary>The token is for other clients, other conversations or other rights.</summary>
    TokenScope,

    /// <summary>The token was taken back while its client was connected.</summary>
    TokenRevoked,

    /// <summary>Too many wrong tokens came from the address.</summary>
    TokenAttempts,

    /// <summary>What was changed counts from the next start on.</summary>
    RestartRequired,

    /// <summary>Connections come faster than they are admitted, from one address or in all.</summary>
    AcceptRate,

    /// <summary>A message that was under way moved fewer bytes a second than it must.</summary>
    DataRate,

    /// <summary>One client sends messages faster than it may.</summary>
    MessageRate,

    /// <summary>One client has used up the bytes of a day.</summary>
    MessageQuota,

    /// <summary>The database in which messages are kept is away, or cannot promise what was asked for.</summary>
    StoreUnavailable,

    /// <summary>Somebody ended it at the dashboard.</summary>
    Disconnected,
}
