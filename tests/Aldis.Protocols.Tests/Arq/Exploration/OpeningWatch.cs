using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// Looks at the opening of a connection: what a server does for a stranger, what it accepts, and how connections end. Plays the attacker
/// too: after each step each of its packets is tried, in turn, and must change nothing. What changes nothing may be repeated any number
/// of times at any time, so no bound is needed.
/// </summary>
internal sealed class OpeningWatch
{
    private static readonly PathKey Elsewhere = PathKey.To([10, 0, 0, 3], 1);

    private readonly EndpointSeam[] _engines;
    private readonly PathKey[] _addresses;
    private readonly StateHash _hash = new();
    private readonly List<byte[]> _earlier;

    /// <summary>Behind a delegate, so that no step back in time makes it forget.</summary>
    private readonly Func<ulong, bool> _isNewState = new HashSet<ulong>().Add;
    private readonly int _tombstones;
    private readonly int _objects;
    private byte[] _confirm = [];
    private bool _isConfirmed;
    private bool _isAccepted;
    private long _replyRoom;

    /// <summary>Lets the client open and close, or only ask for, an earlier connection.</summary>
    public OpeningWatch(OpeningSetup setup, ConnectionOptions options, EndpointSeam[] engines, PathKey[] addresses, long[] nowNs)
    {
        _engines = engines;
        _addresses = addresses;
        var earlier = new EarlierConnection(engines, addresses, nowNs);
        _earlier = earlier.Run(setup.EarlierWasConfirmed, options);
        for (int side = 0; side < 2; side++)
        {
            nowNs[side] += setup.EarlierAgoNs;
            engines[side].OnTimer(nowNs[side]);
        }

        engines[1].CheckInvariants(); // makes what it needs
        _tombstones = Server.TombstoneCount;
        _objects = CountObjects();
    }

    private ArqEndpoint Server => _engines[1].Endpoint;

    private ulong EarlierClientId => PacketLayout.DestinationOf(_earlier[0]);

    /// <summary>The next timer of a connection, but for those that watch for silence.</summary>
    public static long NextTimerNs(ArqConnection? connection)
    {
        long next = TimerTable.Never;
        for (var kind = TimerKind.Handshake; kind < TimerKind.Idle && connection is not null; kind++)
        {
            next = Math.Min(next, connection.Timers[kind]);
        }

        return next;
    }

    /// <summary>A datagram is about to arrive.</summary>
    public void Arrives(int to, WaitingDatagram datagram)
    {
        if (to == 1)
        {
            _isConfirmed |= datagram.Type == WireType.Confirm;
            _replyRoom = datagram.Type == WireType.Syn ? datagram.Bytes.Length : 0;
        }
    }

    public void Sends(int side, WaitingDatagram datagram)
    {
        if (side == 0)
        {
            _confirm = datagram.Type == WireType.Confirm ? datagram.Bytes[..PacketLayout.ConfirmLength] : _confirm;
            return;
        }

        if (!_isConfirmed)
        {
            _replyRoom -= datagram.Bytes.Length;
            Require(_replyRoom >= 0, Property.RepliesToStrangersAreNotLonger, $"{datagram} is more than the SYN before it was long");
        }
    }

    /// <summary>An application was told something.</summary>
    public void Learns(in ArqEvent occurred)
    {
        if (occurred.Kind == ArqEventKind.Accepted)
        {
            Require(_isConfirmed, Property.ConfirmationsOpenOnce, "a connection was accepted before its CONFIRM came");
            Require(!_isAccepted, Property.ConfirmationsOpenOnce, "a connection was accepted a second time");
            _isAccepted = true;
        }
    }

    /// <summary>Checks what holds in every state, and tries every packet of the attacker in it.</summary>
    public void Check(ExplorerModel model, ArqConnection client, long[] nowNs)
    {
        ulong state = model.Hash(_hash, out _);
        if (!_isNewState(state))
        {
            return;
        }

        if (!_isConfirmed)
        {
            int objects = CountObjects();
            Require(Server.ConnectionCount == 0 && Server.TombstoneCount == _tombstones && _engines[1].NextDeadlineNs == TimerTable.Never
                && objects == _objects, Property.StrangersLeaveNoState,
                $"for a client that is not proven: {Server.ConnectionCount} connections, {Server.TombstoneCount} memories ({_tombstones}), "
                + $"{objects} objects of {_objects}, the next deadline {_engines[1].NextDeadlineNs}");
        }

        foreach ((string name, int to, PathKey from, byte[] packet) in Forgeries(client))
        {
            Inject(name, to, from, packet, nowNs);
            Require(model.Hash(_hash, out _) == state, Property.ForgeriesChangeNothing, $"{name} changed something");
        }
    }

    private static void Require(bool holds, Property property, string detail)
    {
        if (!holds)
        {
            throw new PropertyViolationException(property, detail);
        }
    }

    /// <summary>Packets of somebody who saw an earlier connection, and guesses this one's numbers and even the seed of its checksums, but
    /// has neither its nonce nor its key.</summary>
    private IEnumerable<(string Name, int To, PathKey From, byte[] Packet)> Forgeries(ArqConnection client)
    {
        (PathKey clientPath, PathKey serverPath) = (_addresses[0], _addresses[1]);
        (byte[] synAck, byte[] confirm) = (_earlier[0], _earlier[1]);
        byte[] misled = [.. synAck];
        PacketLayout.WriteHeader(misled, PacketType.SynAck, 0, client.Id);
        PacketLayout.Seal(misled, 0);
        yield return ("an earlier SYNACK", 0, serverPath, synAck);
        yield return ("an earlier SYNACK with this connection's number", 0, serverPath, misled);
        yield return ("an earlier CONFIRM", 1, clientPath, confirm);
        yield return ("an earlier CONFIRM from elsewhere", 1, Elsewhere, confirm);
        if (client.State == ConnectionState.SynSent)
        {
            ulong nonce = client.Handshake!.Nonce;
            yield return ("a RESET without the nonce", 0, serverPath, Forge.Reset(client.Id, nonce ^ 1, 0));
            yield return ("a RESET of a forgetful server before any answer", 0, serverPath,
                Forge.Reset(client.Id, nonce, 0, origin: PacketLayout.ResetStateless));
            yield break;
        }

        ulong wrong = client.Key ^ 1UL << 40;
        yield return ("this CONFIRM from elsewhere", 1, Elsewhere, _confirm);
        yield return ("a RESET without the key to the client", 0, serverPath, Forge.Reset(client.Id, wrong, client.Seed));
        yield return ("a RESET without the key to the server", 1, clientPath, Forge.Reset(client.PeerId, wrong, client.Seed));
        yield return ("an echoed RESET without the key", 0, serverPath,
            Forge.Reset(client.PeerId, wrong, client.Seed, PacketLayout.ResetEcho, PacketLayout.ResetStateless));
        if (client.State == ConnectionState.Confirming)
        {
            yield return ("a RESET of a server that only missed the CONFIRM", 0, serverPath,
                Forge.Reset(client.PeerId, client.Key, client.Seed, PacketLayout.ResetEcho, PacketLayout.ResetStateless));
        }
    }

    private void Inject(string name, int to, PathKey from, byte[] packet, long[] nowNs)
    {
        Span<byte> answer = stackalloc byte[PacketLayout.SynLength];
        _engines[to].OnDatagram(from, packet, packet.Length, nowNs[to]);
        while (_engines[to].TryGetTransmit(answer, nowNs[to], out Transmit transmit))
        {
            Require(to == 1 && transmit.Path == from && transmit.Length <= packet.Length && IsVain(answer, packet, from),
                Property.ForgeriesChangeNothing, $"{name} was answered with {PacketLayout.TypeOf(answer)}");
            if (from == _addresses[0])
            {
                _engines[0].OnDatagram(_addresses[1], answer[..transmit.Length], transmit.Length, nowNs[0]);
            }
        }

        for (int side = 0; side < 2; side++)
        {
            Require(!_engines[side].TryGetTransmit(answer, nowNs[side], out _), Property.ForgeriesChangeNothing, $"{name} made a datagram");
            Require(!_engines[side].TryGetEvent(out ArqEvent occurred),
                occurred.Kind == ArqEventKind.Accepted ? Property.ConfirmationsOpenOnce : Property.ForgeriesChangeNothing,
                $"{name} led to {occurred.Kind}");
        }
    }

    /// <summary>Whether an answer says nothing to the client: the last word of the earlier connection, which reaches its client and means
    /// nothing to it, or that a CONFIRM opens nothing, of the earlier connection or said to somebody else.</summary>
    private bool IsVain(ReadOnlySpan<byte> answer, byte[] packet, PathKey from)
    {
        bool isForEarlier = PacketLayout.DestinationOf(answer) == EarlierClientId;
        return PacketLayout.TypeOf(answer) switch
        {
            PacketType.Ack => isForEarlier && from == _addresses[0],
            PacketType.Reset => (isForEarlier || from == Elsewhere)
                && PacketLayout.TypeOf(packet) == PacketType.Confirm
                && PacketLayout.ReadUInt32(answer, PacketLayout.ResetCode) == (uint)ArqCloseCode.Expired
                && PacketLayout.ReadUInt64(answer, PacketLayout.ResetProof) == PacketLayout.ReadUInt64(packet, PacketLayout.CookiedKey),
            _ => false,
        };
    }

    private int CountObjects()
    {
        var objects = new GraphSnapshot();
        objects.Take(Server);
        return objects.Count;
    }
}
