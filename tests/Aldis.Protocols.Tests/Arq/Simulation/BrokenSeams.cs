using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>An engine whose packets are changed on their way out or in, checksum put right.</summary>
internal sealed class TamperingSeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
{
    private const int KeyOffset = 32;
    private ulong _key;

    /// <summary>Changes an outgoing packet and says whether it did.</summary>
    public Func<Memory<byte>, bool>? Outgoing { get; init; }

    /// <summary>Changes an incoming packet and says whether it did.</summary>
    public Func<Memory<byte>, bool>? Incoming { get; init; }

    /// <summary>Loses an incoming datagram.</summary>
    public Func<byte[], bool>? Loses { get; init; }

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        byte[] copy = buffer.ToArray();
        Learn(copy);
        if (Loses?.Invoke(copy) == true)
        {
            return;
        }

        if (Incoming is not null)
        {
            PacketForge.ForEach(copy, _key, Incoming);
        }

        base.OnDatagram(path, copy, segmentSize, nowNs);
    }

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        if (!base.TryGetTransmit(buffer, nowNs, out transmit))
        {
            return false;
        }

        Learn(buffer[..transmit.Length]);
        if (Outgoing is not null)
        {
            PacketForge.ForEach(buffer[..transmit.Length], _key, Outgoing);
        }

        return true;
    }

    private void Learn(ReadOnlySpan<byte> datagram)
    {
        if (WirePacket.TryTake(ref datagram, out WirePacket packet) && packet.Type == WireType.SynAck)
        {
            _key = BitConverter.ToUInt64(packet.Bytes[KeyOffset..]);
        }
    }
}

/// <summary>An engine that sends some datagrams again unchanged, or not at all.</summary>
internal sealed class RepeatingSeam(ArqEndpoint endpoint, Func<WireType, int> copies) : EndpointSeam(endpoint)
{
    private byte[] _last = [];
    private Transmit _transmit;
    private int _left;

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        if (_left > 0)
        {
            _left--;
            _last.CopyTo(buffer);
            transmit = _transmit;
            return true;
        }

        while (base.TryGetTransmit(buffer, nowNs, out transmit))
        {
            int wanted = copies(PacketForge.TypeOf(buffer));
            if (wanted > 0)
            {
                _left = wanted - 1;
                _last = buffer[..transmit.Length].ToArray();
                _transmit = transmit;
                return true;
            }
        }

        return false;
    }
}

/// <summary>An engine that answers a duplicate acknowledgement by repeating its last frame: the Sorcerer's Apprentice.</summary>
internal sealed class SorcererSeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
{
    private const int KeyOffset = 32;
    private byte[] _lastData = [];
    private byte[] _lastAck = [];
    private Transmit _transmit;
    private bool _isDue;
    private ulong _key;

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        WireType type = PacketForge.TypeOf(buffer);
        if (type == WireType.SynAck)
        {
            _key = BitConverter.ToUInt64(buffer[KeyOffset..]);
        }

        _isDue = type == WireType.Ack && buffer.SequenceEqual(_lastAck) && _lastData.Length > 0;
        _lastAck = type == WireType.Ack ? buffer.ToArray() : _lastAck;
        base.OnDatagram(path, buffer, segmentSize, nowNs);
    }

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        if (base.TryGetTransmit(buffer, nowNs, out transmit))
        {
            if (PacketForge.TypeOf(buffer) == WireType.Data)
            {
                _lastData = buffer[..transmit.Length].ToArray();
                _transmit = transmit;
            }

            return true;
        }

        if (!_isDue)
        {
            return false;
        }

        _isDue = false;
        PacketForge.AddWord(_lastData, 16, 1000);
        PacketForge.Seal(_lastData, _key);
        _lastData.CopyTo(buffer);
        transmit = _transmit;
        return true;
    }
}

/// <summary>An engine that reports wrongly to its application or its driver.</summary>
internal sealed class LyingSeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
{
    public Func<long, long>? Deadline { get; init; }

    public Func<byte[], int, int>? ReadResult { get; init; }

    public Func<long, long>? Readable { get; init; }

    public Func<ConnectionStats, ConnectionStats>? StatsResult { get; init; }

    public Func<ArqEvent, ArqEvent>? Event { get; init; }

    public Func<Transmit, Transmit>? TransmitResult { get; init; }

    public bool Contradicts { get; init; }

    public override long NextDeadlineNs => Deadline?.Invoke(base.NextDeadlineNs) ?? base.NextDeadlineNs;

    public override int Read(ArqConnection connection, Span<byte> destination, long nowNs)
    {
        int count = base.Read(connection, destination, nowNs);
        if (ReadResult is null)
        {
            return count;
        }

        byte[] bytes = destination.ToArray();
        int answer = ReadResult(bytes, count);
        bytes.CopyTo(destination);
        return answer;
    }

    public override long ReadableBytes(ArqConnection connection) =>
        Readable?.Invoke(base.ReadableBytes(connection)) ?? base.ReadableBytes(connection);

    public override ConnectionStats Stats(ArqConnection connection) =>
        StatsResult?.Invoke(base.Stats(connection)) ?? base.Stats(connection);

    public override bool TryGetEvent(out ArqEvent occurred)
    {
        bool any = base.TryGetEvent(out occurred);
        occurred = any && Event is not null ? Event(occurred) : occurred;
        return any;
    }

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        bool any = base.TryGetTransmit(buffer, nowNs, out transmit);
        transmit = any && TransmitResult is not null ? TransmitResult(transmit) : transmit;
        return any;
    }

    public override void CheckInvariants()
    {
        base.CheckInvariants();
        if (Contradicts)
        {
            throw new InvalidOperationException("two counters disagree");
        }
    }
}

/// <summary>An engine that sends its last datagram with acknowledgements again every second, asked or not.</summary>
internal sealed class ChattySeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
{
    private const long Second = 1_000_000_000;
    private byte[] _last = [];
    private Transmit _transmit;
    private long _nextNs = long.MaxValue;

    public override long NextDeadlineNs => Math.Min(base.NextDeadlineNs, _nextNs);

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        if (base.TryGetTransmit(buffer, nowNs, out transmit))
        {
            if (PacketForge.TypeOf(buffer) == WireType.Probe || _last.Length == 0)
            {
                _last = buffer[..transmit.Length].ToArray();
                _transmit = transmit;
                _nextNs = nowNs + Second;
            }

            return true;
        }

        if (nowNs < _nextNs)
        {
            return false;
        }

        _nextNs += Second;
        _last.CopyTo(buffer);
        transmit = _transmit;
        return true;
    }
}
