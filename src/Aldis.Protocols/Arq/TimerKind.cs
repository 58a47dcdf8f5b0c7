namespace Aldis.Protocols.Arq;

/// <summary>The timers of a connection, each with one deadline.</summary>
internal enum TimerKind
{
    /// <summary>Send SYN or CONFIRM again, or give up.</summary>
    Handshake = 0,

    /// <summary>Stop-and-wait, go-back-N: the oldest frame is due. Selective repeat: the probe time-out, or, where each frame has a timer of
    /// its own, the next of them.</summary>
    Retransmission,

    /// <summary>A packet overtaken by others is now too old.</summary>
    LossDetection,

    /// <summary>An acknowledgement was held back long enough.</summary>
    AckDelay,

    /// <summary>Data waits for credit.</summary>
    WindowProbe,

    /// <summary>The pacer has tokens again.</summary>
    Pacing,

    /// <summary>Nothing heard for too long.</summary>
    Idle,

    /// <summary>Ask the peer for a sign of life.</summary>
    KeepAlive,

    /// <summary>Data unacknowledged for too long.</summary>
    UserTimeout,

    /// <summary>How many there are.</summary>
    Count,
}
