namespace Aldis.Protocols.Tracing;

/// <summary>What happened. Each kind says which fields of <see cref="TraceEvent"/> it fills beside time, side and connection.</summary>
internal enum TraceEventKind : byte
{
    /// <summary>No event: the value of an unused slot.</summary>
    None = 0,

    /// <summary>A frame left for the first time: packet number, offset, length, frame index. A FIN counts as one unit at its
    /// offset; length excludes it.</summary>
    FrameSent,

    /// <summary>Bytes left again under a new packet number: as <see cref="FrameSent"/>, with the cause and the replaced packet
    /// number.</summary>
    FrameRetransmitted,

    /// <summary>A packet that carries no stream bytes but asks for an answer left: packet number, cause, length on the wire.</summary>
    ProbeSent,

    /// <summary>The receiver took a frame with bytes it did not have: packet number, offset, length, frame index. Value: in-order
    /// bytes afterwards.</summary>
    FrameReceived,

    /// <summary>The receiver had all bytes of a frame already: packet number, offset, length, frame index.</summary>
    FrameDuplicate,

    /// <summary>The receiver kept nothing of a good frame: packet number, offset, length, frame index and why
    /// (<see cref="TraceCause.OutOfOrder"/>, <see cref="TraceCause.OutsideWindow"/>, <see cref="TraceCause.Overload"/>).</summary>
    FrameDiscarded,

    /// <summary>A packet failed its checksum or its length field was impossible. Length: bytes skipped; nothing else in it can be
    /// believed.</summary>
    FrameCorrupted,

    /// <summary>The sender gave a transmission up: packet number, offset, length, frame index and by which rule.</summary>
    FrameLost,

    /// <summary>The sender learned that a transmission arrived: packet number, offset, length, frame index.</summary>
    FrameAcknowledged,

    /// <summary>An acknowledgement came for a transmission that was already given up: packet number, offset, length, frame index.</summary>
    LossSpurious,

    /// <summary>An acknowledgement left. Packet number: the largest received; offset: the next expected; value: its serial
    /// number; second value: limit granted.</summary>
    AcknowledgementSent,

    /// <summary>An acknowledgement came. Packet number, offset, value and second value as in <see cref="AcknowledgementSent"/>.</summary>
    AcknowledgementReceived,

    /// <summary>The bytes the peer allows in all have grown. Offset: first unacknowledged; value: new limit; second value: old
    /// limit.</summary>
    WindowChanged,

    /// <summary>The congestion window has changed. Value: bytes now; second value: bytes before; length: bytes in flight
    /// (saturated at int.MaxValue).</summary>
    CongestionWindowChanged,

    /// <summary>The pacing rate has changed. Value: bytes per second now; second value: before.</summary>
    PacingRateChanged,

    /// <summary>A round trip was measured. Packet number: measured on; value: the sample; second value: the smoothed estimate;
    /// both ns.</summary>
    RoundTripMeasured,

    /// <summary>A timer of the protocol fired. Cause: which; value: its deadline in ns; second value: its back-off exponent.</summary>
    TimerFired,

    /// <summary>The connection entered a state. Value: the new one; second value: the old one, both as the engine numbers them.</summary>
    StateChanged,

    /// <summary>A packet of the opening exchange, a reset or a closing packet left. Cause: which; length on the wire.</summary>
    ControlSent,

    /// <summary>A packet of the opening exchange, a reset or a closing packet came and was believed. Cause: which; length on the
    /// wire.</summary>
    ControlReceived,

    /// <summary>A datagram or a packet was not for anybody here or not permitted. Cause: why; length on the wire.</summary>
    PacketIgnored,

    /// <summary>The largest datagram has changed. Value: bytes now; second value: before.</summary>
    DatagramSizeChanged,

    /// <summary>The application was handed bytes in order. Offset: of the first; length.</summary>
    BytesDelivered,

    /// <summary>The connection ended. Cause: how; value: the code of a reset.</summary>
    ConnectionClosed,

    /// <summary>The link took a datagram for delivery. Value: arrival time in ns; second value: identity of the datagram; length.</summary>
    LinkAccepted,

    /// <summary>The link dropped a datagram. Cause: why; second value: identity of the datagram; length.</summary>
    LinkDropped,

    /// <summary>The link made a second copy. Value: its arrival time in ns; second value: identity of the datagram; length.</summary>
    LinkDuplicated,

    /// <summary>The link damaged a copy of a datagram. Cause: how; value: arrival time of the copy in ns; second value: identity of the
    /// datagram; length before.</summary>
    LinkCorrupted,
}
