using System.Collections.Frozen;

namespace Aldis.Protocols.Toxics;

/// <summary>
/// A kind of toxic: what toxiproxy calls it, its attributes, and the transports that it has a meaning for. The first nine are toxiproxy's
/// own; the others are what it has not.
/// </summary>
/// <param name="Name">Its name, the <c>type</c> of toxics of this kind.</param>
/// <param name="OnTcp">Whether it works on a TCP proxy.</param>
/// <param name="OnUdp">Whether it works on a UDP proxy.</param>
/// <param name="Attributes">Its attributes, in the order in which they are shown.</param>
internal sealed record ToxicKind(string Name, bool OnTcp, bool OnUdp, params IReadOnlyList<ToxicAttribute> Attributes)
{
    /// <summary>A delay, more or less a jitter.</summary>
    public static readonly ToxicKind Latency = new(
        "latency", true, true, ToxicAttribute.Milliseconds("latency"), ToxicAttribute.Milliseconds("jitter"));

    /// <summary>Nobody is there.</summary>
    public static readonly ToxicKind Down = new("down", true, true);

    /// <summary>A rate, in kB/s (1,000 bytes a second); at 0 nothing moves.</summary>
    public static readonly ToxicKind Bandwidth = new("bandwidth", true, true, new ToxicAttribute("rate", 0, 0, 125_000_000));

    /// <summary>The end of the stream comes later.</summary>
    public static readonly ToxicKind SlowClose = new("slow_close", true, false, ToxicAttribute.Milliseconds("delay"));

    /// <summary>Nothing passes, and the connection is closed after a time; with 0 when the toxic is taken away.</summary>
    public static readonly ToxicKind Timeout = new("timeout", true, true, ToxicAttribute.Milliseconds("timeout"));

    /// <summary>The connection is reset a time after its first byte.</summary>
    public static readonly ToxicKind ResetPeer = new("reset_peer", true, false, ToxicAttribute.Milliseconds("timeout"));

    /// <summary>Bytes come in small pieces; its delay is in microseconds.</summary>
    public static readonly ToxicKind Slicer = new(
        "slicer",
        true,
        false,
        new ToxicAttribute("average_size", 0, 1, int.MaxValue / 4),
        new ToxicAttribute("size_variation", 0, 0, int.MaxValue / 4),
        new ToxicAttribute("delay", 0, 0, ToxicAttribute.MostMilliseconds * 1000));

    /// <summary>The connection is closed behind a number of bytes.</summary>
    public static readonly ToxicKind LimitData = new("limit_data", true, false, new ToxicAttribute("bytes", 0, 0, ToxicAttribute.MostBytes));

    /// <summary>Loss; the correlation is added to the probability behind a loss.</summary>
    public static readonly ToxicKind PacketLoss = new(
        "packet_loss", true, true, ToxicAttribute.Share("loss_rate", 0.1), ToxicAttribute.Share("correlation", 0));

    /// <summary>Nothing.</summary>
    public static readonly ToxicKind Noop = new("noop", true, true);

    /// <summary>Bits are flipped, in a share of the pieces or datagrams.</summary>
    public static readonly ToxicKind Corrupt = new("corrupt", true, true, ToxicAttribute.Share("rate", 0.1));

    /// <summary>A share of the datagrams comes twice.</summary>
    public static readonly ToxicKind Duplicate = new("duplicate", false, true, ToxicAttribute.Share("rate", 0.1));

    /// <summary>A share of the datagrams is held back by up to a time.</summary>
    public static readonly ToxicKind Reorder = new(
        "reorder", false, true, ToxicAttribute.Share("rate", 0.1), new ToxicAttribute("delay", 10, 1, ToxicAttribute.MostMilliseconds));

    /// <summary>Datagrams that are longer are dropped.</summary>
    public static readonly ToxicKind Mtu = new("mtu", false, true, new ToxicAttribute("bytes", 1472, 1, 65_507));

    /// <summary>The target is dialled a time after the client came.</summary>
    public static readonly ToxicKind SlowOpen = new("slow_open", true, false, ToxicAttribute.Milliseconds("delay"));

    private static readonly FrozenDictionary<string, ToxicKind> ByName = new[]
    {
        Latency, Down, Bandwidth, SlowClose, Timeout, ResetPeer, Slicer, LimitData, PacketLoss, Noop, Corrupt, Duplicate, Reorder, Mtu, SlowOpen,
    }.ToFrozenDictionary(static kind => kind.Name, StringComparer.Ordinal);

    /// <summary>The names of all kinds.</summary>
    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal);

    /// <summary>Finds a kind.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The kind, or null.</returns>
    public static ToxicKind? Find(string name) => ByName.GetValueOrDefault(name);
}
