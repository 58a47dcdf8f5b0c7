using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>One transmission: what it carried and what was known when it left.</summary>
internal struct SentPacket
{
    public long SentNs;
    public long Offset;

    /// <summary>Bytes the peer had confirmed when this packet left, and when: for the delivery rate.</summary>
    public long DeliveredBytes;
    public long DeliveredNs;
    public long FirstSentNs;

    public int Length;
    public int Size;
    public long Frame;
    public SentPacketState State;
    public bool IsFin;
    public bool IsProbe;
    public bool IsApplicationLimited;

    /// <summary>The sender's way of working when the packet left, as the congestion controller numbers it.</summary>
    public byte Phase;

    public ProbeKind Probe;

    /// <summary>One past the last stream position carried; a FIN occupies one.</summary>
    public readonly long End => Offset + Length + (IsFin ? 1 : 0);
}
