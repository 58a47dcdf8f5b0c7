namespace Aldis.Protocols.Arq.Sending;

/// <summary>When a packet that others overtook counts as lost (RFC 9002 section 6.1), with thresholds that grow when reordering proves
/// them too narrow (RFC 8985 section 7.2).</summary>
internal struct LossDetector
{
    private const int LeastPacketThreshold = 3;
    private const int MostPacketThreshold = 64;
    private const int MostExtraQuarters = 4;

    private readonly int _marginDivisor;
    private int _extraQuarters;

    /// <summary>Starts with the narrowest thresholds.</summary>
    /// <param name="marginDivisor">The least margin of a time-out is this part of the round trip.</param>
    public LossDetector(int marginDivisor)
    {
        PacketThreshold = LeastPacketThreshold;
        _marginDivisor = marginDivisor;
    }

    /// <summary>Packets that must have overtaken.</summary>
    public int PacketThreshold { get; private set; }

    /// <summary>How old an overtaken packet must be, in nanoseconds: a round trip with its margin, and more once reordering was
    /// seen.</summary>
    public readonly long TimeThresholdNs(in RoundTripEstimator roundTrip, long granularityNs)
    {
        long longest = Math.Max(roundTrip.SmoothedNs, roundTrip.LatestNs);
        return Math.Max(Math.Max(1, granularityNs),
            longest + (longest / _marginDivisor) + Math.Min(_extraQuarters * (roundTrip.MinimumNs / 4), roundTrip.SmoothedNs));
    }

    /// <summary>A packet given up arrived after all.</summary>
    /// <param name="overtakenBy">How many numbers above it the largest acknowledged one was.</param>
    public void OnSpurious(long overtakenBy)
    {
        PacketThreshold = (int)Math.Clamp(overtakenBy + 1, PacketThreshold, MostPacketThreshold);
        _extraQuarters = Math.Min(MostExtraQuarters, _extraQuarters + 1);
    }
}
