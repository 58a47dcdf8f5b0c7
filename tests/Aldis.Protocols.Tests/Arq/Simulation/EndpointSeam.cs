using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>
/// What stands between the world and an engine: nothing by itself. The tests of the checkers derive from it to break an engine
/// in one chosen way.
/// </summary>
internal class EndpointSeam(ArqEndpoint endpoint)
{
    public ArqEndpoint Endpoint { get; } = endpoint;

    public virtual long NextDeadlineNs => Endpoint.NextDeadlineNs;

    public virtual void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs) =>
        Endpoint.OnDatagram(path, buffer, segmentSize, nowNs);

    public virtual void OnTimer(long nowNs) => Endpoint.OnTimer(nowNs);

    public virtual bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit) =>
        Endpoint.TryGetTransmit(buffer, nowNs, out transmit);

    public virtual bool TryGetEvent(out ArqEvent occurred) => Endpoint.TryGetEvent(out occurred);

    public virtual int Read(ArqConnection connection, Span<byte> destination, long nowNs) => connection.Read(destination, nowNs);

    public virtual long ReadableBytes(ArqConnection connection) => connection.ReadableBytes;

    public virtual ConnectionStats Stats(ArqConnection connection) => connection.Stats;

    public virtual void CheckInvariants() => Endpoint.CheckInvariants();
}
