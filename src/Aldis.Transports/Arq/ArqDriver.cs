using System.Runtime.ExceptionServices;
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
    private Exception? _defect;
    private bool _isClosed;

    /// <summary>Begins to drive.</summary>
    /// <param name="loop">The thread it is served by.</param>
    /// <param name="channel">The socket; closed by <see cref="Close"/> and by a defect, the caller's where this constructor throws.</param>
    /// <param name="options">What the engine allows.</param>
    /// <param name="secret">The engine's secret.</param>
    /// <param name="trace">Who is told every event, or null.</param>
    /// <param name="prefersInline">Whether the code of connections runs on the loop's thread.</param>
    /// <param name="accept">Takes each new connection of a listener; called under the driver's lock.</param>
    /// <param name="fault">Is told of a defect that ended the driver.</param>
    /// <exception cref="IOException">The operating system does not watch the socket.</exception>
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
    public int ConnectionCount => Do(_connections, static connections => connections.Count);

    /// <summary>Whether a defect ended it: then nothing of the engine is to be believed, or touched. Under the lock.</summary>
    public bool HasFailed => _defect is not null;

    /// <summary>
    /// Runs code of the engine or of a connection under the lock, sends what follows from it and tells the connections what happened.
    /// Not to be nested. Whatever the code throws is a defect, which leaves the engine in a state that nobody knows: every connection
    /// of the driver ends, as it does where a defect shows on the loop's thread.
    /// </summary>
    /// <typeparam name="TState">What the code is given.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="state">Given to the code.</param>
    /// <param name="action">The code; captures nothing.</param>
    /// <returns>What the code returned.</returns>
    /// <exception cref="IOException">A defect.</exception>
    public TResult Do<TState, TResult>(TState state, Func<TState, TResult> action)
    {
        (TResult? result, Exception? defect, _) = Run(state, action);
        return defect is null ? result! : throw Describe(defect);
    }

    /// <summary>As <see cref="Do{TState, TResult}"/>, for code whose callers expect no failure: of a defect the connections tell
    /// alone.</summary>
    /// <typeparam name="TState">What the code is given.</typeparam>
    /// <param name="state">Given to the code.</param>
    /// <param name="action">The code; captures nothing.</param>
    public void Do<TState>(TState state, Action<TState> action) => Run((State: state, Action: action), static arguments =>
    {
        arguments.Action(arguments.State);
        return true;
    });

    /// <summary>Lets the code of a connection go on when the lock is given back. Under the lock.</summary>
    /// <param name="resumable">Whose wait is over.</param>
    public void Resume(IResumable resumable) => _resumable.Add(resumable);

    /// <summary>Starts a connection.</summary>
    /// <param name="path">The server.</param>
    /// <param name="options">How it shall work.</param>
    /// <returns>The connection, not yet connected.</returns>
    public ArqTransportConnection Connect(in PathKey path, ConnectionOptions options) => Do(
        (Driver: this, Path: path, Options: options),
        static arguments => arguments.Driver.Add(
            arguments.Driver._endpoint.Connect(arguments.Path, arguments.Options, MonotonicClock.NowNs)));

    /// <summary>Takes no further clients.</summary>
    public void StopAccepting() => Do(_endpoint, static endpoint => endpoint.StopAccepting());

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
    public void OnDeadline() => Do(this, static driver =>
    {
        if (!driver._isClosed)
        {
            driver._endpoint.OnTimer(MonotonicClock.NowNs);
        }
    });

    /// <summary>Ends every connection because of a defect, and closes the socket. Without the lock.</summary>
    /// <param name="exception">What was thrown.</param>
    public void Fail(Exception exception) => Do(exception, static exception => ExceptionDispatchInfo.Throw(exception));

    /// <summary>Forgets a connection that is over and was disposed.</summary>
    /// <param name="connection">The connection.</param>
    public void Remove(ArqTransportConnection connection) => Do(connection, static connection =>
    {
        ArqDriver driver = connection.Driver;
        driver._connections.Remove(connection);
        if (!driver._isClosed)
        {
            connection.Engine.DiscardReceived();
        }
    });

    /// <summary>Gives every connection up, says once more what was said last, and closes the socket.</summary>
    public void Close()
    {
        foreach (ArqTransportConnection connection in Do(_connections, static connections => connections.ToArray()))
        {
            connection.Abort();
        }

        Do(this, static driver =>
        {
            if (driver._isClosed)
            {
                return;
            }

            long nowNs = MonotonicClock.NowNs;
            driver._endpoint.RepeatLastAcknowledgements(nowNs);
            driver.Pump(nowNs);
            driver._isClosed = true;
            Volatile.Write(ref driver._nextDeadlineNs, long.MaxValue);
        });
        Release();
    }

    private static IOException Describe(Exception defect) =>
        new("The connection ended by a defect of the transport: " + defect.Message, defect);

    // True if it was a short message that somebody waited for.
    private bool Take(ReceivedBatches batches, int count, bool isRefused)
    {
        (_, Exception? defect, bool endsRead) = Run(
            (Driver: this, Batches: batches, Count: count, IsRefused: isRefused),
            static received =>
            {
                received.Driver.Feed(received.Batches, received.Count, received.IsRefused);
                return true;
            });
        return endsRead && defect is null;
    }

    private void Feed(ReceivedBatches batches, int count, bool isRefused)
    {
        if (_isClosed)
        {
            return;
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
    }

    private (TResult? Result, Exception? Defect, bool EndsRead) Run<TState, TResult>(TState state, Func<TState, TResult> action)
    {
        TResult? result = default;
        Exception? defect = null;
        IResumable? last;
        bool endsRead;
        bool isFirstDefect = false;
        lock (_gate)
        {
            try
            {
                result = action(state);
                Settle();
            }
            catch (Exception exception)
            {
                defect = exception;
                isFirstDefect = TryEndAll(exception);
            }

            endsRead = _resumable.Exists(static resumable => resumable is ArqInput);
            last = Schedule();
        }

        Queue(last);
        if (isFirstDefect)
        {
            _fault?.Invoke(defect!);
            Release();
        }

        return (result, defect, endsRead);
    }

    private bool TryEndAll(Exception defect)
    {
        if (HasFailed)
        {
            return false;
        }

        _defect = defect;
        _isClosed = true;
        Volatile.Write(ref _nextDeadlineNs, long.MaxValue);
        foreach (ArqTransportConnection connection in _connections)
        {
            connection.End(Describe(defect));
        }

        return true;
    }

    private void Release()
    {
        _loop.Unregister(this);
        Channel.Dispose();
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
