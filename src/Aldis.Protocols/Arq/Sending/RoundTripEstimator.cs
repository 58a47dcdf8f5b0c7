namespace Aldis.Protocols.Arq.Sending;

/// <summary>Smoothed round-trip time and its variation (RFC 6298 section 2, RFC 9002 section 5), in nanoseconds. Every transmission
/// has its own number, so no sample is ambiguous and Karn's rule is not needed.</summary>
internal struct RoundTripEstimator
{
    /// <summary>What is assumed before the first sample (RFC 9002 section 6.2.2).</summary>
    public const long InitialNs = 333_000_000;

    /// <summary>A time-out lies this part of the round trip above it at least (RFC 9002 section 6.1.2).</summary>
    public const int MarginDivisor = 8;

    /// <summary>The same on a path of one's own, whose round trip hardly varies.</summary>
    public const int LaboratoryMarginDivisor = 128;

    public RoundTripEstimator()
    {
        SmoothedNs = InitialNs;
        VariationNs = InitialNs / 2;
    }

    public long SmoothedNs { get; private set; }

    public long VariationNs { get; private set; }

    /// <summary>The least sample, not adjusted by any delay of the peer; 0 before the first.</summary>
    public long MinimumNs { get; private set; }

    public long LatestNs { get; private set; }

    public bool HasSample { get; private set; }

    /// <summary>Takes a sample.</summary>
    /// <param name="elapsedNs">From the transmission to its acknowledgement.</param>
    /// <param name="peerDelayNs">What of it the peer says it waited.</param>
    public void Sample(long elapsedNs, long peerDelayNs)
    {
        elapsedNs = Math.Max(1, elapsedNs);
        MinimumNs = HasSample ? Math.Min(MinimumNs, elapsedNs) : elapsedNs;
        long adjusted = elapsedNs - peerDelayNs >= MinimumNs ? elapsedNs - peerDelayNs : elapsedNs;
        LatestNs = adjusted;
        if (!HasSample)
        {
            HasSample = true;
            SmoothedNs = adjusted;
            VariationNs = adjusted / 2;
            return;
        }

        VariationNs += (Math.Abs(SmoothedNs - adjusted) - VariationNs) / 4;
        SmoothedNs += (adjusted - SmoothedNs) / 8;
    }

    /// <summary>Starts from a guess that later samples correct.</summary>
    public void Guess(long roundTripNs)
    {
        SmoothedNs = Math.Clamp(roundTripNs, 1, InitialNs);
        VariationNs = SmoothedNs / 2;
    }
}
