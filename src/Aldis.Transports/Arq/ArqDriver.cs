using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;

namespace Aldis.Transports.Arq;

/// <summary>
/// Moves datagrams between one UDP socket and one engine. The engine runs under the driver's lock: on the loop's thread for what
/// arrives and what is due, on the application's threads for what they write and read, who also send at once what follows from it.
/// </summary>
internal sealed class ArqDriver
{
    /// <summary>How late a deadline may be met: what the scheduler of a busy machine takes.</summary>
    public const long TimerGranularityNs = 1_000_000;

    // After so many sends in a row somebody else may have the lock, and what has arrived meanwhile is looked at.
    private const int SendsPerTurn = 16;

    private const int ReceivesPerTurn = 4;

    // A message up to this size is a word in a conversation and not a part of a stream.
    private const int ShortBytes = 4096;

    // A send buffer that was full is tried again after this time; it drains at the speed of the network.
    private const long BusyNs = 500_000;

    private readonly Lock _gate = new();
    private readonly ArqLoop _loop;
    private readonly ArqEndpoint _endpoint;
    private readonly bool _prefersInline;
    private readonly Action<ArqTransportConnection>? _accept;
    private readonly Action<Exception>? _fault;
    private readonly HashSet<ArqTransportConnection> _connections = [];
    private readonly List<IResumable> _resumable = [];
    private PinnedBuffer? _heldBack;
    private Transmit _heldBackTransmit;
    private long _nextDeadlineNs = long.MaxValue;
    private bool _isClosed;

    /// <summary>Begins to drive.</summary>
    /// <param name="loop">The thread it is served by.</param>
    /// <param name="channel">The socket; closed by <see cref="Close"/>.</param>
    /// <param name="options">What the engine allows.</param>
    /// <param name="secret">The engine's secret.</param>
    /// <param name="trace">Who is told every event, or null.</param>
    /// <param name="prefersInline">Whether the code of connections runs on the loop's thread.</param>
    /// <param name="accept">Takes each new connection of a listener; called under the driver's lock.</param>
    /// <param name="fault">Is told of a defect that ended the driver.</param>
    public ArqDriver(
        ArqLoop loop,
        DatagramChannel channel,
        EndpointOptions options,
        ReadOnlySpan<byte> secret,
        ITraceSink? trace,
        bool prefersInline,
        Action<ArqTransportConnection>? accept,
        Action<Exception>? fault = null)
    {
        _loop = loop;
        Channel = channel;
        _prefersInline = prefersInline;
        _accept = accept;
        _fault = fault;
        _endpoint = new ArqEndpoint(options, new CryptographicArqRandom(), secret, trace);
        loop.Register(this);
    }

    /// <summary>The socket.</summary>
    public DatagramChannel Channel { get; }

    /// <summary>When <see cref="OnDeadline"/> must be called; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDeadlineNs => Volatile.Read(ref _nextDeadlineNs);

    /// <summary>Connections that were not disposed.</summary>
    public int ConnectionCount
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Takes the lock under which everything of the engine and of connections happens. Not to be nested.</summary>
    public void Enter() => _gate.Enter();

    /// <summary>Sends what follows from what was done, tells the connections what happened, and gives the lock back.</summary>
    public void Exit()
    {
        IResumable? last = null;
        try
        {
            Settle();
            last = Schedule();
        }
        finally
        {
            _gate.Exit();
        }

        Queue(last);
    }

    /// <summary>Lets the code of a connection go on after <see cref="Exit"/>. Under the lock.</summary>
    /// <param name="resumable">Whose wait is over.</param>
    public void Resume(IResumable resumable) => _resumable.Add(resumable);

    /// <summary>Starts a connection.</summary>
    /// <param name="path">The server.</param>
    /// <param name="options">How it shall work.</param>
    /// <returns>The connection, not yet connected.</returns>
    public ArqTransportConnection Connect(in PathKey path, ConnectionOptions options)
    {
        Enter();
        try
        {
            return Add(_endpoint.Connect(path, options, MonotonicClock.NowNs));
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Takes no further clients.</summary>
    public void StopAccepting()
    {
        lock (_gate)
        {
            _endpoint.StopAccepting();
        }
    }

    /// <summary>Receives what is there. Only on the loop's thread.</summary>
    /// <param name="batches">Room for it.</param>
    /// <returns>Whether it was a short message that somebody waited for: then another may follow at once.</returns>
    public bool OnReadable(ReceivedBatches batches)
    {
        bool wasAwaited = false;
        for (int turn = 0; turn < ReceivesPerTurn; turn++)
        {
            int count;
            bool isRefused;
            try
            {
                count = Channel.Receive(batches, out isRefused);
            }
            catch (ObjectDisposedException)
            {
                return false;
            }

            if (count == 0 && !isRefused)
            {
                return wasAwaited;
            }

            wasAwaited = Take(batches, count, isRefused) && count == 1 && batches.BytesOf(0).Length <= ShortBytes;
            if (count < ReceivedBatches.Capacity)
            {
                return wasAwaited;
            }
        }

        return false;
    }

    /// <summary>Does what is due. Only on the loop's thread.</summary>
    public void OnDeadline()
    {
        IResumable? last = null;
        lock (_gate)
        {
            if (!_isClosed)
            {
                _endpoint.OnTimer(MonotonicClock.NowNs);
                Settle();
                last = Schedule();
            }
        }

        Queue(last);
    }

    /// <summary>Ends every connection because of a defect, and closes the socket. On the loop's thread, without the lock.</summary>
    /// <param name="exception">What was thrown.</param>
    public void Fail(Exception exception)
    {
        lock (_gate)
        {
            _isClosed = true;
            Volatile.Write(ref _nextDeadlineNs, long.MaxValue);
            foreach (ArqTransportConnection connection in _connections)
            {
                connection.End(new IOException("The connection ended by a defect of the transport: " + exception.Message, exception));
            }

            Queue(Schedule());
        }

        _fault?.Invoke(exception);
        _loop.Unregister(this);
        Channel.Dispose();
    }

    /// <summary>Forgets a connection that is over and was disposed.</summary>
    /// <param name="connection">The connection.</param>
    public void Remove(ArqTransportConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
            if (!_isClosed)
            {
                connection.Engine.DiscardReceived();
            }
        }
    }

    /// <summary>Gives every connection up, says once more what was said last, and closes the socket.</summary>
    public void Close()
    {
        ArqTransportConnection[] connections;
        lock (_gate)
        {
            connections = [.. _connections];
        }

        foreach (ArqTransportConnection connection in connections)
        {
            connection.Abort();
        }

        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            long nowNs = MonotonicClock.NowNs;
            _endpoint.RepeatLastAcknowledgements(nowNs);
            Pump(nowNs);
            _isClosed = true;
            Volatile.Write(ref _nextDeadlineNs, long.MaxValue);
        }

        _loop.Unregister(this);
        Channel.Dispose();
    }

    private bool Take(ReceivedBatches batches, int count, bool isRefused)
    {
        IResumable? last;
        bool endsRead;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            long nowNs = MonotonicClock.NowNs;
            for (int index = 0; index < count; index++)
            {
                _endpoint.OnDatagram(batches.PathOf(index), batches.BytesOf(index), batches.SegmentSizeOf(index), nowNs);
            }

            if (isRefused && Channel.Peer is { } peer)
            {
                _endpoint.OnRefused(peer, nowNs);
            }

            if (_endpoint.NextDeadlineNs <= nowNs)
            {
                _endpoint.OnTimer(nowNs);
            }

            Settle();
            endsRead = _resumable.Exists(static resumable => resumable is ArqInput);
            last = Schedule();
        }

        Queue(last);
        return endsRead;
    }

    private void Settle()
    {
        if (_isClosed)
        {
            return;
        }

        long nowNs = MonotonicClock.NowNs;
        bool isDone = Pump(nowNs);
        while (_endpoint.TryGetEvent(out ArqEvent occurred))
        {
            Tell(occurred);
            if (isDone)
            {
                // A connection that was told something may have written.
                isDone = Pump(nowNs);
            }
        }

        long deadlineNs = _endpoint.NextDeadlineNs;
        if (_heldBack is not null)
        {
            deadlineNs = Math.Min(deadlineNs, nowNs + BusyNs);
        }
        else if (!isDone)
        {
            deadlineNs = nowNs;
        }

        Volatile.Write(ref _nextDeadlineNs, deadlineNs);
        if (!_loop.IsCurrent)
        {
            _loop.WakeBefore(deadlineNs);
        }
    }

    // Sends what the engine has to send. False if there may be more.
    private bool Pump(long nowNs)
    {
        if (_heldBack is { } heldBack)
        {
            if (Channel.Send(heldBack, _heldBackTransmit) == SendOutcome.Busy)
            {
                return false;
            }

            _loop.SendBuffers.Return(heldBack);
            _heldBack = null;
        }

        PinnedBuffer buffer = _loop.SendBuffers.Rent();
        for (int sends = 0; sends < SendsPerTurn; sends++)
        {
            if (!_endpoint.TryGetTransmit(buffer.Bytes.AsSpan(0, ConnectionOptions.LargestDatagram), nowNs, out Transmit transmit))
            {
                _loop.SendBuffers.Return(buffer);
                return true;
            }

            SendOutcome outcome = Channel.Send(buffer, transmit);
            if (outcome == SendOutcome.Refused)
            {
                _endpoint.OnRefused(transmit.Path, nowNs);
                outcome = Channel.Send(buffer, transmit);
            }

            if (outcome == SendOutcome.Busy)
            {
                _heldBack = buffer;
                _heldBackTransmit = transmit;
                return false;
            }
        }

        _loop.SendBuffers.Return(buffer);
        return false;
    }

    private void Tell(in ArqEvent occurred)
    {
        if (occurred.Kind == ArqEventKind.Accepted)
        {
            _accept!(Add(occurred.Connection));
            return;
        }

        if (occurred.Connection.Tag is ArqTransportConnection connection)
        {
            connection.On(occurred);
        }
    }

    private ArqTransportConnection Add(ArqConnection engine)
    {
        var connection = new ArqTransportConnection(this, engine);
        engine.Tag = connection;
        _connections.Add(connection);
        return connection;
    }

    // Gives back what is left to be queued without the lock: a thread that is woken under it has to wait for it at once.
    private IResumable? Schedule()
    {
        if (_resumable.Count == 0)
        {
            return null;
        }

        bool isInline = _prefersInline && _loop.IsCurrent;
        IResumable? last = null;
        foreach (IResumable resumable in _resumable)
        {
            if (isInline)
            {
                _loop.Resume(resumable);
            }
            else
            {
                Queue(last);
                last = resumable;
            }
        }

        _resumable.Clear();
        return last;
    }

    private static void Queue(IResumable? resumable)
    {
        if (resumable is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(resumable, preferLocal: false);
        }
    }
}
