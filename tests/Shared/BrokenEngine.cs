using Aldis.Protocols.Datagrams;

namespace Aldis.Tests;

/// <summary>An engine with a defect: the first datagram ends it.</summary>
internal sealed class BrokenEngine : IDatagramEngine
{
    public const string Defect = "made for this test";

    public long NextDeadlineNs => long.MaxValue;

    public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs) =>
        throw new InvalidOperationException(Defect);

    public void OnTimer(long nowNs)
    {
    }

    public void OnRefused(in PathKey path, long nowNs)
    {
    }

    public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        transmit = default;
        return false;
    }
}
