using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Toxics;

/// <summary>What toxics do, in the words of a link: a layer for each, which falls upon as many connections as its toxicity says.</summary>
internal static class ToxicLayers
{
    private const int BitsPerKilobyte = 8_000;

    // After a loss the chain must be able to leave the bad state; one datagram in a million is as good as none.
    private const double LeastRecovery = 1e-6;

    /// <summary>The direction of a stream.</summary>
    /// <param name="stream">Its name for toxics.</param>
    /// <returns>Its name for links.</returns>
    public static LinkDirection DirectionOf(ToxicStream stream) =>
        stream == ToxicStream.Upstream ? LinkDirection.ToTarget : LinkDirection.ToClient;

    /// <summary>The layers of one direction.</summary>
    /// <param name="toxics">The toxics of a proxy.</param>
    /// <param name="direction">Which way.</param>
    /// <param name="isDatagrams">Whether the proxy is one of UDP.</param>
    /// <returns>The layers, in the order of the toxics.</returns>
    public static IReadOnlyList<LinkLayer> Of(IEnumerable<Toxic> toxics, LinkDirection direction, bool isDatagrams) =>
    [
        .. toxics.Where(toxic => DirectionOf(toxic.Stream) == direction)
            .Select(toxic => new LinkLayer(toxic.Name, FaultsOf(toxic, isDatagrams), toxic.Toxicity)),
    ];

    /// <summary>What taking a toxic away does to the connections that had it: a timeout held them back, and ends them now.</summary>
    /// <param name="toxic">The toxic that is gone.</param>
    /// <param name="isDatagrams">Whether the proxy is one of UDP.</param>
    /// <returns>A layer that falls upon the same connections; null where nothing happens.</returns>
    public static LinkLayer? AtRemoval(Toxic toxic, bool isDatagrams) => toxic.Kind == ToxicKind.Timeout && !isDatagrams
        ? new LinkLayer(toxic.Name, new LinkFaults { Breaks = [new StreamBreak(StreamBreakKind.Close)] }, toxic.Toxicity)
        : null;

    private static LinkFaults FaultsOf(Toxic toxic, bool isDatagrams) => toxic.Kind.Name switch
    {
        "latency" => Latency(toxic[0], toxic[1]),
        "bandwidth" => toxic[0] == 0 ? new LinkFaults { IsCut = true } : new LinkFaults { BitsPerSecond = (long)toxic[0] * BitsPerKilobyte },
        "slow_close" => new LinkFaults { CloseDelay = Milliseconds(toxic[0]) },
        "timeout" => isDatagrams ? new LinkFaults { IsCut = true } : new LinkFaults { Breaks = Held(StreamBreakKind.Close, toxic[0]) },
        "reset_peer" => new LinkFaults { Breaks = Reset(toxic[0]) },
        "slicer" => Slicer((int)toxic[0], (int)toxic[1], TimeSpan.FromMicroseconds(toxic[2])),
        "limit_data" => new LinkFaults { Breaks = [After(StreamBreakKind.Close, (long)toxic[0])] },
        "packet_loss" => Loss(toxic[0], toxic[1]),
        "down" => isDatagrams
            ? new LinkFaults { IsCut = true }
            : new LinkFaults { IsRefusing = true, Breaks = [new StreamBreak(StreamBreakKind.Close)] },
        "corrupt" => new LinkFaults { Corrupt = toxic[0] },
        "duplicate" => new LinkFaults { Duplicate = toxic[0] },
        "reorder" => new LinkFaults { Reorder = toxic[0], ReorderDelay = Milliseconds(toxic[1]) },
        "mtu" => new LinkFaults { MaximumDatagramBytes = (int)toxic[0] },
        "slow_open" => new LinkFaults { OpenDelay = Milliseconds(toxic[0]) },
        _ => LinkFaults.None,
    };

    /// <summary>Evenly from latency less jitter to latency and jitter, and never below nothing.</summary>
    private static LinkFaults Latency(double latency, double jitter)
    {
        double least = Math.Max(0, latency - jitter);
        return new LinkFaults
        {
            Delay = Milliseconds(least),
            Jitter = Milliseconds(Math.Min(latency + jitter - least, ToxicAttribute.MostMilliseconds)),
        };
    }

    private static LinkFaults Slicer(int average, int variation, TimeSpan delay) => new()
    {
        SliceBytes = average,
        SliceVariationBytes = Math.Min(variation, average - 1),
        SliceDelay = delay,
    };

    private static LinkFaults Loss(double rate, double correlation) => correlation == 0 || rate is 0 or 1
        ? new LinkFaults { Loss = rate }
        : new LinkFaults
        {
            BurstLoss = new GilbertElliottLoss { GoodToBad = rate, BadToGood = Math.Max(LeastRecovery, 1 - (rate + correlation)) },
        };

    private static StreamBreak[] Reset(double timeout) =>
        timeout == 0 ? [After(StreamBreakKind.Reset, 0)] : Held(StreamBreakKind.Reset, timeout);

    /// <summary>Behind a number of bytes; with none at the first byte that comes, and not before.</summary>
    private static StreamBreak After(StreamBreakKind kind, long bytes) => new(kind) { AfterBytes = bytes, WaitsForMore = bytes == 0 };

    /// <summary>Nothing passes, and after a time, unless that is 0, the stream ends.</summary>
    private static StreamBreak[] Held(StreamBreakKind kind, double timeout) => timeout == 0
        ? [new StreamBreak(StreamBreakKind.Stall)]
        : [new StreamBreak(StreamBreakKind.Stall), new StreamBreak(kind) { After = Milliseconds(timeout) }];

    private static TimeSpan Milliseconds(double number) => TimeSpan.FromMilliseconds(number);
}
