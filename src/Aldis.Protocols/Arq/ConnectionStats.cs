namespace Aldis.Protocols.Arq;

/// <summary>Counters and estimates of one connection since its start.</summary>
public struct ConnectionStats
{
    internal ConnectionCounters Counters;

    internal ConnectionStats(in ConnectionCounters counters) => Counters = counters;

    /// <summary>DATA and PROBE packets sent, retransmissions included.</summary>
    public readonly long PacketsSent => Counters.PacketsSent;

    /// <summary>DATA packets sent that carry bytes sent before.</summary>
    public readonly long PacketsRetransmitted => Counters.PacketsRetransmitted;

    /// <summary>How many of those left because a timer had fired: a retransmission timer, or a probe time-out.</summary>
    internal readonly long RetransmittedAfterTimeout => Counters.RetransmittedAfterTimeout;

    /// <summary>How many of those left because go-back-N went back behind a lost one. The others were found missing by what the peer
    /// acknowledged.</summary>
    internal readonly long RetransmittedInRewind => Counters.RetransmittedInRewind;

    /// <summary>PROBE packets received.</summary>
    internal readonly long ProbesReceived => Counters.ProbesReceived;

    /// <summary>The largest packet number received: the peer gives each transmission the next one, from 1.</summary>
    internal long LargestReceived { get; init; }

    /// <summary>Payload bytes sent, retransmissions included.</summary>
    public readonly long BytesSent => Counters.BytesSent;

    /// <summary>Payload bytes sent again.</summary>
    public readonly long BytesRetransmitted => Counters.BytesRetransmitted;

    /// <summary>Payload bytes acknowledged cumulatively.</summary>
    public readonly long BytesAcknowledged => Counters.BytesAcknowledged;

    /// <summary>Packets declared lost.</summary>
    public readonly long PacketsLost => Counters.PacketsLost;

    /// <summary>Packets declared lost whose acknowledgement came nevertheless.</summary>
    public readonly long SpuriousLosses => Counters.SpuriousLosses;

    /// <summary>Expiries of the retransmission timer (stop-and-wait, go-back-N, single frames) or of the probe time-out.</summary>
    public readonly long Timeouts => Counters.Timeouts;

    /// <summary>Go-back-N: returns to the oldest unacknowledged frame.</summary>
    public readonly long Rewinds => Counters.Rewinds;

    /// <summary>ACK packets sent.</summary>
    public readonly long AcksSent => Counters.AcksSent;

    /// <summary>ACK packets received.</summary>
    public readonly long AcksReceived => Counters.AcksReceived;

    /// <summary>Valid DATA packets received, duplicates included.</summary>
    public readonly long DataReceived => Counters.DataReceived;

    /// <summary>Valid DATA packets received that held nothing new.</summary>
    public readonly long DuplicatesReceived => Counters.DuplicatesReceived;

    /// <summary>Valid DATA packets received ahead of a gap.</summary>
    public readonly long OutOfOrderReceived => Counters.OutOfOrderReceived;

    /// <summary>Payload bytes delivered in order.</summary>
    public readonly long BytesDelivered => Counters.BytesDelivered;

    /// <summary>Payload bytes that wait behind gaps at this moment.</summary>
    public long BytesAheadOfGaps { get; internal init; }

    /// <summary>Packets that failed their checksum.</summary>
    public readonly long CorruptReceived => Counters.CorruptReceived;

    /// <summary>Smoothed round-trip time in nanoseconds, or 0 before the first sample.</summary>
    public long SmoothedRttNs { get; internal init; }

    /// <summary>Least round-trip time in nanoseconds, or 0 before the first sample.</summary>
    public long MinRttNs { get; internal init; }

    /// <summary>The congestion window in bytes.</summary>
    public long CongestionWindowBytes { get; internal init; }

    /// <summary>Bytes of packets sent and neither acknowledged nor lost.</summary>
    public long BytesInFlight { get; internal init; }

    /// <summary>Datagram size in use, in bytes.</summary>
    public int DatagramSize { get; internal init; }
}
