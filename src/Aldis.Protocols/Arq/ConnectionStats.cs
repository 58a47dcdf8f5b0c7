namespace Aldis.Protocols.Arq;

/// <summary>Counters and estimates of one connection since its start.</summary>
public struct ConnectionStats
{
    /// <summary>DATA and PROBE packets sent, retransmissions included.</summary>
    public long PacketsSent { get; internal set; }

    /// <summary>DATA packets sent that carry bytes sent before.</summary>
    public long PacketsRetransmitted { get; internal set; }

    /// <summary>Payload bytes sent, retransmissions included.</summary>
    public long BytesSent { get; internal set; }

    /// <summary>Payload bytes sent again.</summary>
    public long BytesRetransmitted { get; internal set; }

    /// <summary>Payload bytes acknowledged cumulatively.</summary>
    public long BytesAcknowledged { get; internal set; }

    /// <summary>Packets declared lost.</summary>
    public long PacketsLost { get; internal set; }

    /// <summary>Packets declared lost whose acknowledgement came nevertheless.</summary>
    public long SpuriousLosses { get; internal set; }

    /// <summary>Expiries of the retransmission timer (stop-and-wait, go-back-N) or of the probe time-out (selective repeat).</summary>
    public long Timeouts { get; internal set; }

    /// <summary>Go-back-N: returns to the oldest unacknowledged frame.</summary>
    public long Rewinds { get; internal set; }

    /// <summary>ACK packets sent.</summary>
    public long AcksSent { get; internal set; }

    /// <summary>ACK packets received.</summary>
    public long AcksReceived { get; internal set; }

    /// <summary>Valid DATA packets received, duplicates included.</summary>
    public long DataReceived { get; internal set; }

    /// <summary>Valid DATA packets received that held nothing new.</summary>
    public long DuplicatesReceived { get; internal set; }

    /// <summary>Valid DATA packets received ahead of a gap.</summary>
    public long OutOfOrderReceived { get; internal set; }

    /// <summary>Payload bytes delivered in order.</summary>
    public long BytesDelivered { get; internal set; }

    /// <summary>Payload bytes that wait behind gaps at this moment.</summary>
    public long BytesAheadOfGaps { get; internal set; }

    /// <summary>Packets that failed their checksum.</summary>
    public long CorruptReceived { get; internal set; }

    /// <summary>Smoothed round-trip time in nanoseconds, or 0 before the first sample.</summary>
    public long SmoothedRttNs { get; internal set; }

    /// <summary>Least round-trip time in nanoseconds, or 0 before the first sample.</summary>
    public long MinRttNs { get; internal set; }

    /// <summary>The congestion window in bytes.</summary>
    public long CongestionWindowBytes { get; internal set; }

    /// <summary>Bytes of packets sent and neither acknowledged nor lost.</summary>
    public long BytesInFlight { get; internal set; }

    /// <summary>Datagram size in use, in bytes.</summary>
    public int DatagramSize { get; internal set; }
}
