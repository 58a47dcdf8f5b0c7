using Aldis.Protocols.Arq.Sending;

namespace Aldis.Protocols.Arq.Congestion;

/// <summary>What one acknowledgement taught, for a congestion controller. Times in nanoseconds, sizes in bytes.</summary>
internal struct AckSample
{
    public long NowNs;
    public long AckedBytes;

    /// <summary>Of them, bytes that left in phase 1 of the controller.</summary>
    public long AckedInPhaseBytes;

    /// <summary>When the newest of the packets acknowledged left.</summary>
    public long NewestSentNs;

    /// <summary>The round trip measured by this acknowledgement, or 0.</summary>
    public long RttNs;
    public long MinRttNs;
    public long SmoothedRttNs;

    public long InFlightBefore;
    public long InFlight;

    /// <summary>Bytes per second the peer took in, measured over one round trip; 0 if unknown.</summary>
    public long DeliveryRate;
    public bool IsApplicationLimited;

    /// <summary>All bytes delivered so far, and how many of them when the newest packet left: a round trip has passed when the latter
    /// reaches an earlier value of the former.</summary>
    public long Delivered;
    public long PriorDelivered;
}
