using Aldis.Protocols.Arq;

namespace Aldis.Dashboard.Watch;

/// <summary>One second of an ARQ connection.</summary>
/// <param name="RttMs">The smoothed round-trip time in milliseconds; null before the first measurement.</param>
/// <param name="WindowBytes">The congestion window.</param>
/// <param name="InFlightBytes">Sent, and neither acknowledged nor lost.</param>
/// <param name="OutBytesPerSecond">Goodput: payload that the peer acknowledged.</param>
/// <param name="InBytesPerSecond">Goodput: payload that came in order.</param>
/// <param name="OutLoss">The share, 0 to 1, of the packets sent that were lost; null where none was sent.</param>
/// <param name="InLoss">The share of the peer's packets that did not come; null where none came.</param>
/// <param name="AfterTimeout">Packets sent again because a timer fired.</param>
/// <param name="AfterGap">Packets sent again because the peer's acknowledgements showed them missing.</param>
/// <param name="InRewind">Packets sent again because go-back-N went back.</param>
internal readonly record struct LinkSample(
    double? RttMs,
    long WindowBytes,
    long InFlightBytes,
    double OutBytesPerSecond,
    double InBytesPerSecond,
    double? OutLoss,
    double? InLoss,
    long AfterTimeout,
    long AfterGap,
    long InRewind)
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>What a connection did between two looks.</summary>
    /// <param name="before">What it had counted at the first.</param>
    /// <param name="now">What it has counted at the second.</param>
    /// <param name="between">The time between them; more than none.</param>
    public static LinkSample Of(in ConnectionStats before, in ConnectionStats now, TimeSpan between)
    {
        long sent = now.PacketsSent - before.PacketsSent;
        long lost = now.PacketsLost - now.SpuriousLosses - (before.PacketsLost - before.SpuriousLosses);
        long expected = now.LargestReceived - before.LargestReceived;
        long came = now.DataReceived + now.ProbesReceived - (before.DataReceived + before.ProbesReceived);
        long again = now.PacketsRetransmitted - before.PacketsRetransmitted;
        long afterTimeout = now.RetransmittedAfterTimeout - before.RetransmittedAfterTimeout;
        long inRewind = now.RetransmittedInRewind - before.RetransmittedInRewind;
        return new LinkSample(
            now.SmoothedRttNs == 0 ? null : now.SmoothedRttNs / NanosecondsPerMillisecond,
            now.CongestionWindowBytes,
            now.BytesInFlight,
            (now.BytesAcknowledged - before.BytesAcknowledged) / between.TotalSeconds,
            (now.BytesDelivered - before.BytesDelivered) / between.TotalSeconds,
            sent > 0 ? Math.Clamp((double)lost / sent, 0, 1) : null,
            expected > 0 ? Math.Clamp(1 - ((double)came / expected), 0, 1) : null,
            afterTimeout,
            again - afterTimeout - inRewind,
            inRewind);
    }
}
