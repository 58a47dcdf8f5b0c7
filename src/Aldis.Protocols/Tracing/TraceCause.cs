namespace Aldis.Protocols.Tracing;

/// <summary>Why an event happened, for the kinds that have a choice.</summary>
internal enum TraceCause : byte
{
    /// <summary>Nothing to explain.</summary>
    None = 0,

    /// <summary>The retransmission timer of stop-and-wait or go-back-N fired, or a frame's own.</summary>
    Timeout,

    /// <summary>Enough later packets were acknowledged (RFC 9002 section 6.1.1).</summary>
    PacketThreshold,

    /// <summary>A later packet was acknowledged and this one is too old (RFC 9002 section 6.1.2).</summary>
    TimeThreshold,

    /// <summary>Go-back-N goes back: an earlier frame was lost, all that follow it go again.</summary>
    GoBackRewind,

    /// <summary>The receiver reported a gap, and the strategy acts on such reports (REJ).</summary>
    GapReport,

    /// <summary>The probe timeout fired: the oldest bytes go again to provoke an acknowledgement (RFC 9002 section 6.2).</summary>
    ProbeTimeout,

    /// <summary>Nothing was acknowledged over several probe timeouts (RFC 9002 section 7.6).</summary>
    PersistentCongestion,

    /// <summary>The peer's window is closed and data waits.</summary>
    WindowProbe,

    /// <summary>A larger datagram is tried (RFC 8899).</summary>
    DatagramSizeProbe,

    /// <summary>The connection is kept alive.</summary>
    KeepAlive,

    /// <summary>An explicit ping.</summary>
    Ping,

    /// <summary>The strategy keeps nothing out of order.</summary>
    OutOfOrder,

    /// <summary>Beyond the limit that was granted.</summary>
    OutsideWindow,

    /// <summary>A bounded table is full.</summary>
    Overload,

    /// <summary>The delayed acknowledgement is due.</summary>
    AcknowledgementDelay,

    /// <summary>The first packet of the opening exchange.</summary>
    Syn,

    /// <summary>The answer to it.</summary>
    SynAck,

    /// <summary>The client's confirmation, which creates the connection on the server.</summary>
    Confirm,

    /// <summary>A reset.</summary>
    Reset,

    /// <summary>A connection identifier nobody here has.</summary>
    UnknownConnection,

    /// <summary>A known connection identifier from an address it does not belong to.</summary>
    ForeignAddress,

    /// <summary>Made by a rule the peer must not break.</summary>
    ProtocolViolation,

    /// <summary>A version or packet type that is not understood.</summary>
    UnknownType,

    /// <summary>A cookie that is expired or not ours.</summary>
    BadCookie,

    /// <summary>Both directions ended in order.</summary>
    Finished,

    /// <summary>The application gave up.</summary>
    Aborted,

    /// <summary>Nothing was heard for the idle time.</summary>
    IdleTimeout,

    /// <summary>Data stayed unacknowledged for the user timeout.</summary>
    UserTimeout,

    /// <summary>The opening exchange did not finish in time.</summary>
    HandshakeTimeout,

    /// <summary>The peer refused the connection.</summary>
    Refused,

    /// <summary>The link lost it at random.</summary>
    RandomLoss,

    /// <summary>The queue of the link was full.</summary>
    QueueFull,

    /// <summary>The link carried nothing at that time.</summary>
    Blackhole,

    /// <summary>Longer than the link can carry.</summary>
    TooLong,

    /// <summary>Named by a list of datagrams to drop.</summary>
    Scripted,

    /// <summary>Bits were flipped.</summary>
    BitFlip,

    /// <summary>The end was cut off.</summary>
    Truncation,
}
