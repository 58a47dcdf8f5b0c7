namespace Aldis.Protocols.Arq;

/// <summary>What a connection counts, one number for each property of the same name of <see cref="ConnectionStats"/>. Every connection
/// holds these; estimates are computed when they are asked for.</summary>
internal struct ConnectionCounters
{
    public long PacketsSent { readonly get; set; }

    public long PacketsRetransmitted { readonly get; set; }

    public long RetransmittedAfterTimeout { readonly get; set; }

    public long RetransmittedInRewind { readonly get; set; }

    public long ProbesReceived { readonly get; set; }

    public long BytesSent { readonly get; set; }

    public long BytesRetransmitted { readonly get; set; }

    public long BytesAcknowledged { readonly get; set; }

    public long PacketsLost { readonly get; set; }

    public long SpuriousLosses { readonly get; set; }

    public long Timeouts { readonly get; set; }

    public long Rewinds { readonly get; set; }

    public long AcksSent { readonly get; set; }

    public long AcksReceived { readonly get; set; }

    public long DataReceived { readonly get; set; }

    public long DuplicatesReceived { readonly get; set; }

    public long OutOfOrderReceived { readonly get; set; }

    public long BytesDelivered { readonly get; set; }

    public long CorruptReceived { readonly get; set; }
}
