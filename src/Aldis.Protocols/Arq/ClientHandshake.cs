using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>The client's side of the opening exchange: asks with SYN, takes the first fitting SYNACK, returns its cookie with CONFIRM
/// until the server is heard. A cookie that opens nothing is given up for another.</summary>
internal sealed class ClientHandshake(
    ArqConnection connection, in Parameters asked, IArqRandom random, long cookieLifetimeNs, long startNs)
{
    private const long FirstRetryNs = 333_000_000;
    private const long MaxRetryNs = 1_000_000_000;
    private const int RefusalsToBelieve = 3;

    private readonly Parameters _asked = asked;
    private readonly ConnectionOptions _options = connection.Options;
    private readonly byte[] _cookie = new byte[PacketLayout.CookieLength];
    private Parameters _granted;
    private ulong _time;
    private long _expiresNs;
    private bool _hasStartedOver;
    private int _refusals;
    private int _synsSent;
    private long _firstSynNs;
    private long _retryNs = FirstRetryNs;
    private bool _isDue = true;

    public ulong Nonce { get; private set; } = random.NextUInt64();

    public bool IsConfirmDue => _isDue;

    /// <summary>When the attempt is given up.</summary>
    public long GiveUpNs => startNs + connection.Options.ConnectTimeoutNs;

    public int TryWriteSyn(Span<byte> room, long nowNs)
    {
        int length = Math.Min(PacketLayout.SynLength, _asked.MaxDatagramSize);
        if (!_isDue || room.Length < length)
        {
            return 0;
        }

        Span<byte> packet = room[..length];
        packet.Clear();
        PacketLayout.WriteHeader(packet, PacketType.Syn, 0, 0);
        PacketLayout.WriteUInt64(packet, PacketLayout.SynClientId, connection.Id);
        PacketLayout.WriteUInt64(packet, PacketLayout.SynNonce, Nonce);
        packet[PacketLayout.SynVersionMin] = PacketLayout.Version;
        packet[PacketLayout.SynVersionMax] = PacketLayout.Version;
        _asked.Write(packet[PacketLayout.SynParameters..]);
        PacketLayout.Seal(packet, 0);
        _firstSynNs = _synsSent++ == 0 ? nowNs : _firstSynNs;
        ScheduleRetry(nowNs);
        connection.Trace.Note(TraceEventKind.ControlSent, nowNs, TraceCause.Syn, length: length);
        return length;
    }

    /// <summary>Takes a SYNACK that passed its checksum and names this connection.</summary>
    public void OnSynAck(ReadOnlySpan<byte> packet, long nowNs)
    {
        if (connection.State != ConnectionState.SynSent
            || packet.Length != PacketLayout.SynAckLength
            || PacketLayout.ReadUInt64(packet, PacketLayout.CookiedNonce) != Nonce
            || !Parameters.TryRead(packet.Slice(PacketLayout.CookiedParameters, PacketLayout.ParametersLength), out _granted)
            || !_granted.IsWithin(_asked))
        {
            return;
        }

        _time = PacketLayout.ReadUInt64(packet, PacketLayout.CookiedTime);
        _expiresNs = nowNs + cookieLifetimeNs;
        packet.Slice(PacketLayout.CookiedCookie, PacketLayout.CookieLength).CopyTo(_cookie);
        connection.Trace.Note(TraceEventKind.ControlReceived, nowNs, TraceCause.SynAck, length: packet.Length);
        long roundTrip = _synsSent == 1 ? nowNs - _firstSynNs : 0;
        connection.OnCookie(
            PacketLayout.ReadUInt64(packet, PacketLayout.CookiedId), PacketLayout.ReadUInt64(packet, PacketLayout.CookiedKey), _granted,
                roundTrip, nowNs);
        _retryNs = FirstRetryNs;
        _isDue = true;
    }

    public void WriteConfirm(Span<byte> packet, long nowNs)
    {
        packet.Clear();
        PacketLayout.WriteHeader(packet, PacketType.Confirm, 0, connection.PeerId);
        PacketLayout.WriteUInt64(packet, PacketLayout.CookiedId, connection.Id);
        PacketLayout.WriteUInt64(packet, PacketLayout.CookiedNonce, Nonce);
        PacketLayout.WriteUInt64(packet, PacketLayout.CookiedKey, connection.Key);
        _granted.Write(packet[PacketLayout.CookiedParameters..]);
        PacketLayout.WriteUInt64(packet, PacketLayout.CookiedTime, _time);
        _cookie.CopyTo(packet[PacketLayout.CookiedCookie..]);
        PacketLayout.Seal(packet, 0);
        ScheduleRetry(nowNs);
        connection.Trace.Note(TraceEventKind.ControlSent, nowNs, TraceCause.Confirm, length: packet.Length);
    }

    public void OnTimer(long nowNs)
    {
        if (nowNs >= GiveUpNs)
        {
            connection.Fail(ArqCloseCode.ConnectTimeout, TraceCause.HandshakeTimeout, tellPeer: false, nowNs);
            return;
        }

        if (connection.State == ConnectionState.Confirming && nowNs >= _expiresNs && TryStartOver(nowNs))
        {
            return;
        }

        _retryNs = Math.Min(MaxRetryNs, _retryNs * 2);
        _isDue = true;
    }

    /// <summary>The server says that the CONFIRM opens nothing.</summary>
    public void OnVainConfirm(long nowNs)
    {
        if (!TryStartOver(nowNs))
        {
            connection.OnReset(ArqCloseCode.Expired, nowNs);
        }
    }

    /// <summary>The peer's machine refused a datagram; a single refusal may be forged or stale.</summary>
    public void OnRefused(long nowNs)
    {
        if (++_refusals >= RefusalsToBelieve)
        {
            connection.Fail(ArqCloseCode.Unreachable, TraceCause.Refused, tellPeer: false, nowNs);
        }
    }

    /// <summary>Asks anew. Not once bytes left with a CONFIRM: the server may have taken that one and given them to its application,
    /// which would get them a second time. From the second time on it waits, for a path that spoils every cookie.</summary>
    private bool TryStartOver(long nowNs)
    {
        if (connection.Stream.Highest > 0)
        {
            return false;
        }

        connection.ForgetCookie(_options, nowNs);
        Nonce = random.NextUInt64();
        _synsSent = 0;
        _retryNs = FirstRetryNs;
        _isDue = !_hasStartedOver;
        _hasStartedOver = true;
        if (!_isDue)
        {
            connection.Timers.Set(TimerKind.Handshake, Math.Min(GiveUpNs, nowNs + MaxRetryNs));
        }

        return true;
    }

    private void ScheduleRetry(long nowNs)
    {
        if (_isDue || !connection.Timers.IsArmed(TimerKind.Handshake))
        {
            connection.Timers.Set(TimerKind.Handshake, Math.Min(GiveUpNs, nowNs + _retryNs));
        }

        _isDue = false;
    }
}
