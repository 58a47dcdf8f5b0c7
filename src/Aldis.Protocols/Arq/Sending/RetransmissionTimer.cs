namespace Aldis.Protocols.Arq.Sending;

/// <summary>The time-out of stop-and-wait, go-back-N and single frames: constant, or RFC 6298's without its floor of a second.</summary>
internal struct RetransmissionTimer(RetransmissionPolicy policy, long granularityNs)
{
    /// <summary>Back-off stops here, well within the life of a peer's tombstone: a repetition must find somebody who answers.</summary>
    private const long MaxBackedOffNs = 3_000_000_000;
    private const int LinearExpiries = 6;

    /// <summary>Expiries since the last progress.</summary>
    public int Expiries { get; private set; }

    /// <summary>The exponent the back-off has reached.</summary>
    public readonly int BackOff => policy.BackOff switch
    {
        RetransmissionBackOff.Exponential => Expiries,
        RetransmissionBackOff.LinearFirst => Math.Max(0, Expiries - LinearExpiries),
        _ => 0,
    };

    /// <summary>The time-out now, in nanoseconds.</summary>
    public readonly long TimeoutNs(in RoundTripEstimator roundTrip)
    {
        long basis = policy.FixedTimeoutNs > 0
            ? policy.FixedTimeoutNs
            : roundTrip.SmoothedNs + Math.Max(4 * roundTrip.VariationNs, Math.Max(roundTrip.SmoothedNs / 128, Math.Max(1, granularityNs)));
        return Math.Min(Math.Max(basis, MaxBackedOffNs), basis << Math.Min(BackOff, 16));
    }

    public void OnExpired() => Expiries++;

    public void OnProgress() => Expiries = 0;
}
