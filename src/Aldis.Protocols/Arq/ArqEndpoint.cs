using System.Runtime.CompilerServices;
using Aldis.Protocols.Arq.Endpoint;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Fairness;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>All connections of one UDP socket as a pure state machine (docs/arq.md): datagrams, time and randomness come in,
/// datagrams, deadlines and events go out. Not safe for several threads at once.</summary>
internal sealed class ArqEndpoint : IDatagramEngine
{
    private const int LeastSecret = 16;
    private const int MostConnections = 1 << 20;

    private readonly IArqRandom _random;
    private readonly ITraceSink? _sink;
    private readonly Tracer _trace;
    private readonly CookieJar _jar;
    private readonly StatelessReplies _replies;
    private readonly Tombstones _tombstones = new();
    private readonly DeadlineHeap _deadlines = new();
    private readonly Dictionary<ulong, ArqConnection> _connections = [];
    private readonly Dictionary<ulong, ArqConnection> _clientsByPeerId = [];
    private readonly AddressQuota _quota;
    private readonly Eviction _eviction;
    private readonly Queue<ArqConnection> _ready = new();
    private readonly Queue<ArqEvent> _events = new();
    private EndpointStats _stats;
    private ArqConnection? _lastHeard;
    private bool _isAccepting;

    /// <summary>Creates an endpoint without connections.</summary>
    /// <param name="options">What it allows.</param>
    /// <param name="random">Where random numbers come from.</param>
    /// <param name="secret">At least 16 bytes nobody else knows. An endpoint restarted with the same secret can tell its old peers
    /// that it forgot them.</param>
    /// <param name="trace">Where events go, or null for nowhere.</param>
    /// <exception cref="ArgumentException">The secret is too short.</exception>
    public ArqEndpoint(EndpointOptions options, IArqRandom random, ReadOnlySpan<byte> secret, ITraceSink? trace = null)
    {
        if (secret.Length < LeastSecret)
        {
            throw new ArgumentException("A secret has at least 16 bytes.", nameof(secret));
        }

        Options = options;
        _isAccepting = options.Accept is not null;
        _random = random;
        _sink = trace;
        _trace = new Tracer(trace, options.Accept is null ? TraceSide.Client : TraceSide.Server, 0);
        _jar = new CookieJar(secret, random);
        _replies = new StatelessReplies(_jar, _tombstones, options.StatelessRepliesPerSecond, _trace);
        long most = options.Budget is null ? options.MaxBufferedBytes : long.MaxValue;
        Chunks = new ChunkPool(options.PooledBytes, most);
        _eviction = new Eviction(Chunks, most);
        _quota = new AddressQuota(Chunks, options.MaxBufferedBytesPerAddress);
    }

    /// <inheritdoc/>
    public long NextDeadlineNs => _deadlines.NextNs;

    /// <summary>Connections that are part of the endpoint.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Counters.</summary>
    public ref readonly EndpointStats Stats => ref _stats;

    internal EndpointOptions Options { get; }

    internal ChunkPool Chunks { get; }

    internal AgreementCache Agreements { get; } = new();

    internal int TombstoneCount => _tombstones.Count;

    /// <summary>Starts a connection. Data may be written at once.</summary>
    /// <param name="path">The server's address.</param>
    /// <param name="options">How the connection shall work.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <returns>The connection, in <see cref="ConnectionState.SynSent"/>.</returns>
    public ArqConnection Connect(in PathKey path, ConnectionOptions options, long nowNs)
    {
        ulong id = _random.NextUInt64();
        while (id == 0 || _connections.ContainsKey(id))
        {
            id = _random.NextUInt64();
        }

        var connection = new ArqConnection(this, options, path, id, isClient: true, _random, new Tracer(_sink, TraceSide.Client, id),
            Chunks);
        connection.Handshake = new ClientHandshake(connection, Parameters.From(options), _random, Options.CookieLifetimeNs, nowNs);
        _connections.Add(id, connection);
        Enqueue(connection);
        return connection;
    }

    /// <summary>Takes no further clients; those that are connected go on. Clients that come are not answered.</summary>
    public void StopAccepting() => _isAccepting = false;

    /// <inheritdoc/>
    public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        _tombstones.Forget(nowNs);
        var walk = new DatagramWalk(buffer, segmentSize);
        while (!walk.IsOver)
        {
            if (!walk.TryNext(out ReadOnlySpan<byte> packet))
            {
                if (walk.Skipped > 0)
                {
                    _stats.Malformed++;
                    _trace.Note(TraceEventKind.FrameCorrupted, nowNs, length: walk.Skipped);
                }

                continue;
            }

            _stats.PacketsReceived++;
            if (Take(path, packet, nowNs))
            {
                walk.Accept(packet.Length, PacketLayout.TypeOf(packet) == PacketType.Data);
            }
            else
            {
                walk.Reject(packet.Length);
            }
        }

        _eviction.Look(_connections.Values, nowNs);
    }

    /// <inheritdoc/>
    /// <remarks>Three of them end a connection that has not yet come about.</remarks>
    public void OnRefused(in PathKey path, long nowNs)
    {
        foreach (ArqConnection connection in _connections.Values)
        {
            if (connection is { State: ConnectionState.SynSent, Handshake: { } handshake } && connection.Path.IsSamePeer(path))
            {
                handshake.OnRefused(nowNs);
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void OnTimer(long nowNs)
    {
        _tombstones.Forget(nowNs);
        long limit = nowNs + Options.TimerGranularityNs;
        while (_deadlines.FirstDue(limit) is { } connection)
        {
            connection.OnTimer(nowNs);
            if (connection.DeadlineSlot >= 0)
            {
                Enqueue(connection);
            }

            // Its further deadlines are set when it has sent what is due now.
            _deadlines.Remove(connection);
        }
    }

    /// <inheritdoc/>
    public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        if (_replies.Queue.TryTake(buffer, out transmit))
        {
            return true;
        }

        while (_ready.TryPeek(out ArqConnection? connection))
        {
            int length = connection.Fill(buffer, Options.MaxSegments, nowNs, out int segmentSize);
            if (length > 0)
            {
                transmit = new Transmit(connection.Path, length, segmentSize);
                _deadlines.Update(connection);
                if (_ready.Count > 1)
                {
                    // Others wait: one batch each in turn.
                    _ready.Enqueue(_ready.Dequeue());
                }

                return true;
            }

            _ready.Dequeue();
            connection.IsQueued = false;
            if (IsLive(connection))
            {
                _deadlines.Update(connection);
            }
        }

        return _replies.Queue.TryTake(buffer, out transmit);
    }

    /// <summary>Takes the next event.</summary>
    /// <param name="occurred">The event.</param>
    /// <returns>False if there is none.</returns>
    public bool TryGetEvent(out ArqEvent occurred) => _events.TryDequeue(out occurred);

    /// <summary>Queues the last acknowledgement of every connection that closed in order once more: for a process that is about to
    /// exit.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void RepeatLastAcknowledgements(long nowNs) => _replies.RepeatAll(nowNs);

    /// <summary>Throws if the endpoint or one of its connections contradicts itself (docs/verification.md).</summary>
    internal void CheckInvariants()
    {
        foreach (ArqConnection connection in _connections.Values)
        {
            Invariant.Holds(IsLive(connection), "ended connections leave the endpoint");
            Invariant.Holds(
                connection.IsQueued || connection.Timers.NextNs == TimerTable.Never
                || (connection.DeadlineSlot >= 0 && connection.FiledDeadlineNs <= connection.Timers.NextNs),
                "every deadline is filed in time");
            connection.CheckInvariants();
        }
    }

    internal void Enqueue(ArqConnection connection)
    {
        if (!connection.IsQueued && IsLive(connection))
        {
            connection.IsQueued = true;
            _ready.Enqueue(connection);
        }
    }

    internal void Raise(ArqEventKind kind, ArqConnection connection, ArqCloseCode code)
        => _events.Enqueue(new ArqEvent(kind, connection, code));

    /// <summary>A connection learned its peer's number.</summary>
    internal void OnPeerKnown(ArqConnection connection) => _clientsByPeerId.TryAdd(connection.PeerId, connection);

    /// <summary>A connection asks its peer anew and will learn another number.</summary>
    internal void OnPeerForgotten(ArqConnection connection) => _clientsByPeerId.Remove(connection.PeerId);

    /// <summary>Takes an ended connection out and remembers what its peer may still ask.</summary>
    internal void Retire(ArqConnection connection, bool tellPeer, long nowNs)
    {
        _deadlines.Remove(connection);
        _connections.Remove(connection.Id);
        _lastHeard = null;
        if (connection.IsClient)
        {
            _clientsByPeerId.Remove(connection.PeerId);
        }
        else
        {
            _quota.Return(NetworkKey.Of(connection.Path.RemoteAddress));
        }

        if (tellPeer)
        {
            _replies.WriteReset(connection.Path, connection.PeerId, connection.Key, connection.Seed, connection.CloseCode, 0,
                PacketLayout.ResetFromPeer, ref _stats, nowNs);
        }

        if (connection.Established is { } established && !_tombstones.IsFull)
        {
            _tombstones.Add(
                connection.Id,
                new Tombstone(
                    connection.Path,
                    established.PeerId,
                    established.Key,
                    established.Receive.Cumulative,
                    established.Receive.Limit,
                    established.Acks.Serial,
                    connection.CloseCode,
                    PacketLayout.ConfirmLength,
                    nowNs + Options.CookieLifetimeNs));
        }
    }

    private static bool IsLive(ArqConnection connection) => connection.State is not (ConnectionState.Closed or ConnectionState.Reset);

    /// <summary>Judges one packet. False if nothing behind it in its datagram can be trusted.</summary>
    private bool Take(in PathKey path, ReadOnlySpan<byte> packet, long nowNs)
    {
        if (PacketLayout.VersionOf(packet) != PacketLayout.Version)
        {
            _stats.UnknownVersion++;
            if (_isAccepting && PacketLayout.TypeOf(packet) == PacketType.Syn)
            {
                _replies.OnOtherVersion(path, packet, ref _stats, nowNs);
            }

            return false;
        }

        PacketType type = PacketLayout.TypeOf(packet);
        if (type is PacketType.Syn or PacketType.Confirm)
        {
            return TakeOpening(path, packet, type, nowNs);
        }

        ArqConnection? connection = Find(packet, type);
        if (connection is null)
        {
            return TakeStray(path, packet, nowNs);
        }

        if (!connection.Path.IsSamePeer(path))
        {
            _stats.ForeignAddress++;
            connection.Trace.Note(TraceEventKind.PacketIgnored, nowNs, TraceCause.ForeignAddress, length: packet.Length);
            if (connection is { IsClient: false, State: ConnectionState.Open })
            {
                _replies.OnMoved(path, packet, connection, ref _stats, nowNs);
            }

            return false;
        }

        bool isHandshake = type == PacketType.SynAck || (type == PacketType.Reset && connection.State == ConnectionState.SynSent);
        if (!isHandshake && connection.State == ConnectionState.SynSent)
        {
            return false;
        }

        if (!PacketLayout.HasValidChecksum(packet, isHandshake ? 0 : connection.Seed))
        {
            _stats.Corrupt++;
            connection.OnCorrupt(packet.Length, nowNs);
            return false;
        }

        try
        {
            connection.Take(packet, type, ref _stats, nowNs);
        }
        catch (OutOfMemoryException)
        {
            // It costs the connection that asked for it. The others, and those to come, are served on.
            connection.Fail(ArqCloseCode.Overloaded, TraceCause.Overload, tellPeer: true, nowNs);
        }

        Enqueue(connection);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ArqConnection? Find(ReadOnlySpan<byte> packet, PacketType type)
    {
        ulong id = PacketLayout.DestinationOf(packet);
        if (_lastHeard is { } last && last.Id == id)
        {
            return last;
        }

        if (type == PacketType.Reset && (PacketLayout.FlagsOf(packet) & PacketLayout.ResetEcho) != 0)
        {
            return _clientsByPeerId.GetValueOrDefault(id);
        }

        if (_connections.TryGetValue(id, out ArqConnection? connection))
        {
            _lastHeard = connection;
        }

        return connection;
    }

    private bool TakeStray(in PathKey path, ReadOnlySpan<byte> packet, long nowNs)
    {
        ref Tombstone tombstone = ref _tombstones.Find(PacketLayout.DestinationOf(packet));
        if (!Unsafe.IsNullRef(ref tombstone))
        {
            return _replies.OnLate(ref tombstone, path, packet, ref _stats, nowNs);
        }

        _replies.OnUnknown(path, packet, Options.Accept is not null, ref _stats, nowNs);
        return false;
    }

    private bool TakeOpening(in PathKey path, ReadOnlySpan<byte> packet, PacketType type, long nowNs)
    {
        if (!PacketLayout.HasValidChecksum(packet, 0))
        {
            _stats.Corrupt++;
            _trace.Note(TraceEventKind.FrameCorrupted, nowNs, length: packet.Length);
            return false;
        }

        if (Options.Accept is null || (type == PacketType.Syn && !_isAccepting))
        {
            return true;
        }

        if (type == PacketType.Syn)
        {
            _replies.OnSyn(path, packet, Options, ref _stats, nowNs);
            return true;
        }

        if (packet.Length != PacketLayout.ConfirmLength)
        {
            _stats.Malformed++;
            return true;
        }

        ulong id = PacketLayout.DestinationOf(packet);
        if (_connections.TryGetValue(id, out ArqConnection? connection))
        {
            if (PacketLayout.ReadUInt64(packet, PacketLayout.CookiedKey) != connection.Key)
            {
                return true;
            }

            if (connection.Path.IsSamePeer(path))
            {
                connection.OnConfirmRepeated();
                Enqueue(connection);
            }
            else
            {
                _replies.OnVainConfirm(path, packet, ref _stats, nowNs);
            }

            return true;
        }

        ref Tombstone tombstone = ref _tombstones.Find(id);
        if (!Unsafe.IsNullRef(ref tombstone))
        {
            return _replies.OnLate(ref tombstone, path, packet, ref _stats, nowNs);
        }

        Accept(path, packet, id, nowNs);
        return true;
    }

    private void Accept(in PathKey path, ReadOnlySpan<byte> packet, ulong id, long nowNs)
    {
        long age = nowNs - (long)PacketLayout.ReadUInt64(packet, PacketLayout.CookiedTime);
        if (age < 0 || age > Options.CookieLifetimeNs || !_jar.IsGenuine(path, packet)
            || !Parameters.TryRead(packet.Slice(PacketLayout.CookiedParameters, PacketLayout.ParametersLength), out Parameters granted))
        {
            _stats.BadCookies++;
            _trace.Note(TraceEventKind.PacketIgnored, nowNs, TraceCause.BadCookie, length: packet.Length);
            _replies.OnVainConfirm(path, packet, ref _stats, nowNs);
            return;
        }

        if (!_isAccepting || _connections.Count >= Math.Min(Options.Bounds?.MaxConnections ?? Options.MaxConnections, MostConnections) || _tombstones.IsFull
            || !_quota.TryTake(
                NetworkKey.Of(path.RemoteAddress), Options.Bounds?.MaxConnectionsPerAddress ?? Options.MaxConnectionsPerAddress, out ChunkPool? chunks))
        {
            _stats.Overloaded++;
            _trace.Note(TraceEventKind.PacketIgnored, nowNs, TraceCause.Overload, length: packet.Length);
            return;
        }

        if (Options.Budget is { } budget)
        {
            chunks = Chunks.Share(budget.Open(NetworkKey.Of(path.RemoteAddress)));
        }

        ArqConnection connection;
        try
        {
            connection = Open(path, packet, id, granted, age, chunks, nowNs);
        }
        catch (OutOfMemoryException)
        {
            // Nobody has heard of it yet but its peer, who will ask again.
            _connections.Remove(id);
            _quota.Return(NetworkKey.Of(path.RemoteAddress));
            chunks.Account?.Close();
            _stats.Overloaded++;
            return;
        }

        _stats.Accepted++;
        Raise(ArqEventKind.Accepted, connection, ArqCloseCode.None);
        Enqueue(connection);
    }

    private ArqConnection Open(
        in PathKey path, ReadOnlySpan<byte> packet, ulong id, in Parameters granted, long age, ChunkPool chunks, long nowNs)
    {
        ConnectionOptions agreed = Agreements.Apply(granted, Options.Accept!, isServer: true);
        var connection = new ArqConnection(this, agreed, path, id, isClient: false, _random, new Tracer(_sink, TraceSide.Server, id),
            chunks);
        _connections.Add(id, connection);
        connection.Trace.Note(TraceEventKind.ControlReceived, nowNs, TraceCause.Confirm, length: packet.Length);
        connection.OnAccepted(
            PacketLayout.ReadUInt64(packet, PacketLayout.CookiedId), PacketLayout.ReadUInt64(packet, PacketLayout.CookiedKey), agreed,
                age, nowNs);
        return connection;
    }
}
