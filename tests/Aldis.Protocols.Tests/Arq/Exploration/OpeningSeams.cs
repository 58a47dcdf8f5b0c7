using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Endpoint;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>A server that does something of its own for each SYN.</summary>
internal sealed class RememberingSeam(ArqEndpoint endpoint, Action<ArqEndpoint> remember) : EndpointSeam(endpoint)
{
    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        if (PacketForge.TypeOf(buffer) == WireType.Syn)
        {
            remember(Endpoint);
        }

        base.OnDatagram(path, buffer, segmentSize, nowNs);
    }
}

/// <summary>A server that forgets connections as soon as they ended.</summary>
internal sealed class ForgetfulSeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
{
    public static Func<ArqEndpoint, Tombstones> TombstonesOf { get; } = LiveNumbers.Field<ArqEndpoint, Tombstones>("_tombstones");

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        TombstonesOf(Endpoint).Forget(long.MaxValue);
        base.OnDatagram(path, buffer, segmentSize, nowNs);
    }

    public override void OnTimer(long nowNs)
    {
        TombstonesOf(Endpoint).Forget(long.MaxValue);
        base.OnTimer(nowNs);
    }
}

/// <summary>A server that judges the age of a cookie by a clock that is slow.</summary>
internal sealed class SlowClockSeam(ArqEndpoint endpoint, long behindNs) : EndpointSeam(endpoint)
{
    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs) =>
        base.OnDatagram(path, buffer, segmentSize, PacketForge.TypeOf(buffer) == WireType.Confirm ? nowNs - behindNs : nowNs);
}

/// <summary>A server that accepts on the SYN alone, from the second on: it confirms its own cookie.</summary>
internal sealed class SelfConfirmingSeam(ArqEndpoint endpoint, PathKey client) : EndpointSeam(endpoint)
{
    private int _synAcks;

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        bool any = base.TryGetTransmit(buffer, nowNs, out transmit);
        if (any && PacketForge.TypeOf(buffer) == WireType.SynAck && ++_synAcks > 1)
        {
            byte[] confirm = buffer[..PacketLayout.ConfirmLength].ToArray();
            PacketLayout.WriteHeader(confirm, PacketType.Confirm, 0, PacketLayout.ReadUInt64(buffer, PacketLayout.CookiedId));
            PacketLayout.WriteUInt64(confirm, PacketLayout.CookiedId, PacketLayout.DestinationOf(buffer));
            PacketLayout.Seal(confirm, 0);
            Endpoint.OnDatagram(client, confirm, confirm.Length, nowNs);
        }

        return any;
    }
}

/// <summary>An engine that believes every RESET for its connection.</summary>
internal sealed class BelievingSeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
{
    private ArqConnection? _connection;

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        byte[] copy = buffer.ToArray();
        if (PacketForge.TypeOf(copy) == WireType.Reset && _connection is not null)
        {
            PacketLayout.WriteUInt64(copy, PacketLayout.ResetProof, _connection.Key);
            PacketLayout.Seal(copy, _connection.Seed);
        }

        base.OnDatagram(path, copy, segmentSize, nowNs);
    }

    public override bool TryGetEvent(out ArqEvent occurred)
    {
        bool any = base.TryGetEvent(out occurred);
        _connection = any ? occurred.Connection : _connection;
        return any;
    }
}

/// <summary>An engine that answers a RESET with the same RESET.</summary>
internal sealed class RetortingSeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
{
    private byte[] _answer = [];

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        _answer = PacketForge.TypeOf(buffer) == WireType.Reset ? buffer.ToArray() : [];
        base.OnDatagram(path, buffer, segmentSize, nowNs);
    }

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        if (_answer.Length == 0)
        {
            return base.TryGetTransmit(buffer, nowNs, out transmit);
        }

        transmit = new Transmit(default, _answer.Length, _answer.Length);
        _answer.CopyTo(buffer);
        _answer = [];
        return true;
    }
}

/// <summary>A server that does not know its first cookie behind the earlier connection's again, as if it had been started anew since, or
/// the client's address had changed.</summary>
internal sealed class ChangingSeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
{
    private int _synAcks;

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        bool any = base.TryGetTransmit(buffer, nowNs, out transmit);
        if (any && PacketForge.TypeOf(buffer) == WireType.SynAck && ++_synAcks == 2)
        {
            buffer[PacketLayout.CookiedCookie] ^= 1;
            PacketLayout.Seal(buffer[..transmit.Length], 0);
        }

        return any;
    }
}

/// <summary>A client that takes any SYNACK with its number for an answer to its SYN.</summary>
internal sealed class CredulousSeam(ArqEndpoint endpoint) : EndpointSeam(endpoint)
{
    private ulong _nonce;

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        byte[] copy = buffer.ToArray();
        if (PacketForge.TypeOf(copy) == WireType.SynAck)
        {
            PacketLayout.WriteUInt64(copy, PacketLayout.CookiedNonce, _nonce);
            PacketLayout.Seal(copy, 0);
        }

        base.OnDatagram(path, copy, segmentSize, nowNs);
    }

    public override bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        bool any = base.TryGetTransmit(buffer, nowNs, out transmit);
        _nonce = any && PacketForge.TypeOf(buffer) == WireType.Syn ? PacketLayout.ReadUInt64(buffer, PacketLayout.SynNonce) : _nonce;
        return any;
    }
}
