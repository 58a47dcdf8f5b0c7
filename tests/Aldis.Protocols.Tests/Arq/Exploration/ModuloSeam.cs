using System.Buffers.Binary;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// A receiver that believes the textbook: frames carry their number modulo a few, which tells every frame of the window from every old
/// one as long as the network keeps the order. What it takes for a frame of its window is put there.
/// </summary>
internal sealed class ModuloSeam(ArqEndpoint endpoint, int modulus, int frameBytes) : EndpointSeam(endpoint)
{
    private const int KeyOffset = 32;
    private const int DataOffset = 20;

    private ArqConnection? _connection;
    private ulong _key;

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        byte[] copy = buffer.ToArray();
        if (_connection is { Established.Receive: { } receive } connection && PacketForge.TypeOf(copy) == WireType.Data
            && copy.Length == WirePacket.DataHeaderBytes + frameBytes)
        {
            long frame = BinaryPrimitives.ReadInt64LittleEndian(copy.AsSpan(DataOffset)) / frameBytes;
            long expected = receive.InOrderEnd / frameBytes;
            int window = connection.Options.Mode == ArqMode.SelectiveRepeat ? connection.Options.WindowFrames : 1;
            for (long taken = expected; taken < expected + window; taken++)
            {
                if (taken != frame && (taken - frame) % modulus == 0)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(copy.AsSpan(DataOffset), taken * frameBytes);
                    PacketForge.Seal(copy, _key);
                }
            }
        }

        base.OnDatagram(path, copy, segmentSize, nowNs);
    }

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        bool any = base.TryGetTransmit(buffer, nowNs, out transmit);
        if (any && PacketForge.TypeOf(buffer) == WireType.SynAck)
        {
            _key = BitConverter.ToUInt64(buffer[KeyOffset..]);
        }

        return any;
    }

    public override bool TryGetEvent(out ArqEvent occurred)
    {
        bool any = base.TryGetEvent(out occurred);
        _connection ??= any ? occurred.Connection : null;
        return any;
    }
}
