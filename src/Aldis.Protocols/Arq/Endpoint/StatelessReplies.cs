using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Fairness;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>Answers to packets that belong to no living connection: SYNACK, RESET, and the last word of a connection that ended. Nobody is
/// sent more bytes than came from there, and answers are limited in number.</summary>
internal sealed class StatelessReplies
{
    private const int ResetShare = 16;

    // Whoever asks most leaves three quarters to others.
    private const int NetworkShare = 4;
    private const int LastAckLength = PacketLayout.AckFixedLength + 1;

    // Enough for some last words at once; what a peer sent further does not add up.
    private const int MostAllowance = PacketLayout.SynLength;

    private readonly CookieJar _jar;
    private readonly Tombstones _tombstones;
    private readonly Tracer _trace;
    private readonly double _synAcksOfNetwork;
    private NetworkRates? _networks;
    private TokenBucket _synAcks;
    private TokenBucket _resets;
    private TokenBucket _lastWords;

    public StatelessReplies(CookieJar jar, Tombstones tombstones, int perSecond, Tracer trace)
    {
        _synAcksOfNetwork = Math.Max(1, perSecond / NetworkShare);
        _jar = jar;
        _tombstones = tombstones;
        _trace = trace;
        _synAcks = Limit(perSecond);
        _lastWords = Limit(perSecond);
        _resets = Limit(Math.Max(1, perSecond / ResetShare));
    }

    public ReplyQueue Queue { get; } = new();

    /// <summary>Answers a SYN with everything needed to come back, or with why not, and forgets it.</summary>
    public void OnSyn(in PathKey path, ReadOnlySpan<byte> packet, EndpointOptions options, ref EndpointStats stats, long nowNs)
    {
        if (packet.Length < PacketLayout.SynParameters)
        {
            stats.Malformed++;
            return;
        }

        if (packet[PacketLayout.SynVersionMin] > PacketLayout.Version || packet[PacketLayout.SynVersionMax] < PacketLayout.Version)
        {
            stats.UnknownVersion++;
            Refuse(path, packet, ArqCloseCode.Version, ref stats, nowNs);
            return;
        }

        if (packet.Length < PacketLayout.MinSynLength
            || !Parameters.TryRead(packet.Slice(PacketLayout.SynParameters, PacketLayout.ParametersLength), out Parameters asked))
        {
            stats.Malformed++;
            Refuse(path, packet, ArqCloseCode.Protocol, ref stats, nowNs);
            return;
        }

        if (!Parameters.TryGrant(asked, options.Accept!, options.ClientChoosesProfile, out Parameters granted))
        {
            Refuse(path, packet, ArqCloseCode.Refused, ref stats, nowNs);
            return;
        }

        if (!MayAnswerSyn(path, nowNs))
        {
            stats.RateLimited++;
            return;
        }

        ulong clientId = PacketLayout.ReadUInt64(packet, PacketLayout.SynClientId);
        ulong nonce = PacketLayout.ReadUInt64(packet, PacketLayout.SynNonce);

        Span<byte> reply = Queue.TryAdd(path, PacketLayout.SynAckLength);
        if (reply.IsEmpty)
        {
            stats.RateLimited++;
            return;
        }

        reply.Clear();
        PacketLayout.WriteHeader(reply, PacketType.SynAck, 0, clientId);
        Span<byte> parameters = reply.Slice(PacketLayout.CookiedParameters, PacketLayout.ParametersLength);
        granted.Write(parameters);
        ulong id = _jar.Bake(path, clientId, nonce, parameters, (ulong)nowNs, reply[PacketLayout.CookiedCookie..]);
        PacketLayout.WriteUInt64(reply, PacketLayout.CookiedId, id);
        PacketLayout.WriteUInt64(reply, PacketLayout.CookiedNonce, nonce);
        PacketLayout.WriteUInt64(reply, PacketLayout.CookiedKey, _jar.KeyOf(id));
        PacketLayout.WriteUInt64(reply, PacketLayout.CookiedTime, (ulong)nowNs);
        PacketLayout.Seal(reply, 0);
        stats.SynAcksSent++;
        _trace.Note(TraceEventKind.ControlSent, nowNs, TraceCause.SynAck, length: reply.Length);
    }

    /// <summary>A SYN whose first byte names another version. What every version begins with is enough to say that it is not
    /// spoken here.</summary>
    public void OnOtherVersion(in PathKey path, ReadOnlySpan<byte> packet, ref EndpointStats stats, long nowNs)
    {
        if (packet.Length >= PacketLayout.SynParameters && PacketLayout.HasValidChecksum(packet, 0))
        {
            Refuse(path, packet, ArqCloseCode.Version, ref stats, nowNs);
        }
    }

    /// <summary>A CONFIRM that opens nothing: its sender, who alone knows the key in it, may ask anew.</summary>
    public void OnVainConfirm(in PathKey path, ReadOnlySpan<byte> packet, ref EndpointStats stats, long nowNs)
    {
        if (!_resets.TryTake(nowNs))
        {
            stats.RateLimited++;
            return;
        }

        ulong key = PacketLayout.ReadUInt64(packet, PacketLayout.CookiedKey);
        WriteReset(path, PacketLayout.ReadUInt64(packet, PacketLayout.CookiedId), key, (uint)key, ArqCloseCode.Expired, 0,
            PacketLayout.ResetStateless, ref stats, nowNs);
    }

    /// <summary>A packet of a connection that has another address. If its checksum shows that the peer sent it, the peer's address has
    /// changed on the way, and it should not wait for answers that go to the old one. The connection stays: the packet may be a copy
    /// that somebody else sent.</summary>
    public void OnMoved(in PathKey path, ReadOnlySpan<byte> packet, ArqConnection connection, ref EndpointStats stats, long nowNs)
    {
        if (IsAnswerable(packet) && PacketLayout.HasValidChecksum(packet, connection.Seed) && _resets.TryTake(nowNs))
        {
            WriteReset(path, connection.PeerId, connection.Key, connection.Seed, ArqCloseCode.Moved, 0, PacketLayout.ResetStateless,
                ref stats, nowNs);
        }
    }

    /// <summary>A packet for a number nobody here has: if its checksum shows that we once gave that number out, its sender is told
    /// that we forgot it.</summary>
    public void OnUnknown(in PathKey path, ReadOnlySpan<byte> packet, bool isListening, ref EndpointStats stats, long nowNs)
    {
        stats.UnknownConnection++;
        _trace.Note(TraceEventKind.PacketIgnored, nowNs, TraceCause.UnknownConnection, length: packet.Length);
        if (!isListening || !IsAnswerable(packet))
        {
            return;
        }

        // The key costs more than the answer: what turns out to be none counts too.
        if (!_resets.TryTake(nowNs))
        {
            stats.RateLimited++;
            return;
        }

        ulong id = PacketLayout.DestinationOf(packet);
        ulong key = _jar.KeyOf(id);
        if (PacketLayout.HasValidChecksum(packet, (uint)key))
        {
            WriteReset(path, id, key, (uint)key, ArqCloseCode.Unknown, PacketLayout.ResetEcho, PacketLayout.ResetStateless, ref stats,
                nowNs);
        }
    }

    /// <summary>A late packet for a connection that ended: its last acknowledgement again, or that it was reset.</summary>
    /// <returns>False if the packet is not its peer's.</returns>
    public bool OnLate(ref Tombstone tombstone, in PathKey path, ReadOnlySpan<byte> packet, ref EndpointStats stats, long nowNs)
    {
        PacketType type = PacketLayout.TypeOf(packet);
        bool isConfirm = type == PacketType.Confirm && packet.Length == PacketLayout.ConfirmLength;
        if (!tombstone.Path.IsSamePeer(path)
            || !PacketLayout.HasValidChecksum(packet, isConfirm ? 0 : (uint)tombstone.Key)
            || (isConfirm && PacketLayout.ReadUInt64(packet, PacketLayout.CookiedKey) != tombstone.Key))
        {
            return false;
        }

        if (type is not (PacketType.Data or PacketType.Probe or PacketType.Confirm) || packet.Length < PacketLayout.DataHeaderLength)
        {
            return true;
        }

        bool isReset = tombstone.Code != ArqCloseCode.None;
        int length = isReset ? PacketLayout.ResetLength : LastAckLength;
        int allowance = Math.Min(MostAllowance, tombstone.Allowance + packet.Length);
        bool mayAnswer = allowance >= length && (isReset ? _resets : _lastWords).TryTake(nowNs);
        tombstone = tombstone with { Allowance = mayAnswer ? allowance - length : allowance };
        if (mayAnswer && isReset)
        {
            WriteReset(
                path, tombstone.PeerId, tombstone.Key, (uint)tombstone.Key, tombstone.Code, 0, PacketLayout.ResetFromPeer, ref stats,
                    nowNs);
        }
        else if (mayAnswer)
        {
            // The low half of the number suffices: a connection that ended saw few enough packets since.
            long largest = isConfirm ? 0 : PacketLayout.ReadUInt32(packet, PacketLayout.DataPacketNumber);
            WriteLastAck(ref tombstone, largest, nowNs);
        }

        return true;
    }

    public void RepeatAll(long nowNs)
    {
        foreach (ulong id in _tombstones.Ids.ToArray())
        {
            ref Tombstone tombstone = ref _tombstones.Find(id);
            if (tombstone.Code == ArqCloseCode.None)
            {
                WriteLastAck(ref tombstone, 0, nowNs);
            }
        }
    }

    /// <summary>Queues a RESET.</summary>
    public void WriteReset(
        in PathKey path, ulong destination, ulong proof, uint seed, ArqCloseCode code, byte flags, byte origin, ref EndpointStats stats,
            long nowNs, byte version = PacketLayout.Version)
    {
        Span<byte> packet = Queue.TryAdd(path, PacketLayout.ResetLength);
        if (packet.IsEmpty)
        {
            stats.RateLimited++;
            return;
        }

        packet.Clear();
        PacketLayout.WriteHeader(packet, PacketType.Reset, flags, destination);
        packet[0] = (byte)((version << 4) | (byte)PacketType.Reset);
        PacketLayout.WriteUInt64(packet, PacketLayout.ResetProof, proof);
        PacketLayout.WriteUInt32(packet, PacketLayout.ResetCode, (uint)code);
        packet[PacketLayout.ResetOrigin] = origin;
        PacketLayout.Seal(packet, seed);
        stats.ResetsSent++;
        _trace.Note(TraceEventKind.ControlSent, nowNs, TraceCause.Reset, (long)code, length: packet.Length);
    }

    private static TokenBucket Limit(int perSecond) => new(perSecond, perSecond);

    // Made for the first SYN: a client's endpoint gets none. A network that has had its share takes nothing of that of all.
    private bool MayAnswerSyn(in PathKey path, long nowNs)
    {
        _networks ??= new NetworkRates(_synAcksOfNetwork, _synAcksOfNetwork, new UInt128(_jar.KeyOf(0), _jar.KeyOf(ulong.MaxValue)));
        return _networks.TryTake(NetworkKey.Of(path.RemoteAddress), nowNs) && _synAcks.TryTake(nowNs);
    }

    private static bool IsAnswerable(ReadOnlySpan<byte> packet)
        => PacketLayout.TypeOf(packet) is PacketType.Data or PacketType.Ack or PacketType.Probe && packet.Length > PacketLayout.ResetLength;

    /// <summary>Says why a SYN gets no SYNACK, in the version that its sender has shown to speak.</summary>
    private void Refuse(in PathKey path, ReadOnlySpan<byte> syn, ArqCloseCode code, ref EndpointStats stats, long nowNs)
    {
        if (!MayAnswerSyn(path, nowNs))
        {
            stats.RateLimited++;
            return;
        }

        ulong clientId = PacketLayout.ReadUInt64(syn, PacketLayout.SynClientId);
        ulong nonce = PacketLayout.ReadUInt64(syn, PacketLayout.SynNonce);
        WriteReset(path, clientId, nonce, 0, code, 0, PacketLayout.ResetFromPeer, ref stats, nowNs, PacketLayout.VersionOf(syn));
    }

    /// <summary>The cumulative offset alone frees everything; the number named is that of the packet just received.</summary>
    private void WriteLastAck(ref Tombstone tombstone, long largest, long nowNs)
    {
        Span<byte> packet = Queue.TryAdd(tombstone.Path, LastAckLength);
        if (packet.IsEmpty)
        {
            return;
        }

        packet.Clear();
        tombstone = tombstone with { Serial = tombstone.Serial + 1 };
        PacketLayout.WriteHeader(packet, PacketType.Ack, PacketLayout.AckFinSeen, tombstone.PeerId);
        PacketLayout.WriteUInt32(packet, PacketLayout.AckSerial, tombstone.Serial);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckCumulative, (ulong)tombstone.Cumulative);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckLimit, (ulong)tombstone.Limit);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckLargest, (ulong)largest);
        PacketLayout.Seal(packet, (uint)tombstone.Key);
        _trace.Note(
            TraceEventKind.AcknowledgementSent,
            nowNs,
            value: tombstone.Serial,
            secondValue: tombstone.Limit,
            packetNumber: largest,
            offset: tombstone.Cumulative,
            length: packet.Length);
    }
}
