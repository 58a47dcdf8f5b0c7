using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>Small packets that belong to no connection and wait to be sent. Bounded: what does not fit is dropped, as the network
/// might have done.</summary>
internal sealed class ReplyQueue
{
    private const int Capacity = 256;

    private readonly Reply[] _replies = new Reply[Capacity];
    private byte[] _bytes = [];
    private int _head;
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>Room for a packet to be written into; empty if the queue is full.</summary>
    public Span<byte> TryAdd(in PathKey path, int length)
    {
        if (_count == Capacity || length > PacketLayout.SynAckLength)
        {
            return default;
        }

        if (_bytes.Length == 0)
        {
            _bytes = new byte[Capacity * PacketLayout.SynAckLength];
        }

        int slot = (_head + _count++) % Capacity;
        _replies[slot] = new Reply(path, length);
        return _bytes.AsSpan(slot * PacketLayout.SynAckLength, length);
    }

    public bool TryTake(Span<byte> buffer, out Transmit transmit)
    {
        transmit = default;
        if (_count == 0 || _replies[_head].Length > buffer.Length)
        {
            return false;
        }

        Reply reply = _replies[_head];
        _bytes.AsSpan(_head * PacketLayout.SynAckLength, reply.Length).CopyTo(buffer);
        _head = (_head + 1) % Capacity;
        _count--;
        transmit = new Transmit(reply.Path, reply.Length, reply.Length);
        return true;
    }

    private readonly record struct Reply(PathKey Path, int Length);
}
