using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>A host whose clock stands still for a while, as in a virtual machine that was paused, and is late ever after.</summary>
internal sealed class FrozenClockSeam(ArqEndpoint endpoint, long fromNs, long lengthNs) : EndpointSeam(endpoint)
{
    public override long NextDeadlineNs
    {
        get
        {
            long deadline = base.NextDeadlineNs;
            return deadline <= fromNs || deadline == long.MaxValue ? deadline : deadline + lengthNs;
        }
    }

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs) =>
        base.OnDatagram(path, buffer, segmentSize, Own(nowNs));

    public override void OnTimer(long nowNs) => base.OnTimer(Own(nowNs));

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit) =>
        base.TryGetTransmit(buffer, Own(nowNs), out transmit);

    public override int Read(ArqConnection connection, Span<byte> destination, long nowNs) =>
        base.Read(connection, destination, Own(nowNs));

    private long Own(long nowNs) => nowNs <= fromNs ? nowNs : Math.Max(fromNs, nowNs - lengthNs);
}
