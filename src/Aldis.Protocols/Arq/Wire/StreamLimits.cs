namespace Aldis.Protocols.Arq.Wire;

/// <summary>Bounds that hold for every connection (docs/arq.md, "Limits").</summary>
internal static class StreamLimits
{
    /// <summary>Packet numbers and stream offsets stay below it.</summary>
    public const ulong EndOfNumbers = 1UL << 62;

    /// <summary>Stretches of the stream held ahead of a gap.</summary>
    public const int MaxReceivedRuns = 16_384;

    /// <summary>Stretches of received packet numbers remembered.</summary>
    public const int MaxPacketNumberRuns = 1_024;

    /// <summary>Packets sent whose fate may be open.</summary>
    public const int MaxOutstandingPackets = 1 << 20;

    /// <summary>Bytes of the largest credit.</summary>
    public const long MaxWindowBytes = 1L << 30;
}
