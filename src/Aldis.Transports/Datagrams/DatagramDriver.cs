using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Aldis.Protocols.Datagrams;

namespace Aldis.Transports.Datagrams;

/// <summary>
/// Moves datagrams between one UDP socket and one engine. The engine runs under the driver's lock: on the loop's thread for what
/// arrives and what is due, on the application's threads for what they ask of it, who also send at once what follows from it.
/// </summary>
internal sealed class DatagramDriver
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
    private readonly DatagramLoop _loop;
    private readonly IDatagramEngine _engine;
    private readonly IDatagramOwner _owner;
    private readonly bool _prefersInline;
    private readonly bool _answersItself;
    private readonly SpawnedSockets? _spawned;
    private readonly List<IResumable> _resumable = [];
    private PinnedBuffer? _heldBack;
    private Transmit _heldBackTransmit;
    private long _nextDeadlineNs = long.MaxValue;
    private Exception? _defect;
    private bool _hasSent;

    /// <summary>Begins to drive when <see cref="Start"/> is called.</summary>
    /// <param name="loop">The thread it is served by.</param>
    /// <param name="channel">The socket; closed by <see cref="Close"/> and by a defect.</param>
    /// <param name="engine">The protocol.</param>
    /// <param name="owner">Is told what the engine says beside datagrams.</param>
    /// <param name="prefersInline">Whether code that waited for the engine runs on the loop's thread.</param>
    /// <param name="answersItself">Whether the engine answers by itself what arrives, so that a short datagram it answered is a word in a
    /// conversation; else one is that somebody waited for.</param>
    public DatagramDriver(
        DatagramLoop loop,
        DatagramChannel channel,
        IDatagramEngine engine,
        IDatagramOwner owner,
        bool prefersInline = false,
        bool answersItself = false)
    {
        _loop = loop;
        _engine = engine;
        _owner = owner;
        _prefersInline = prefersInline;
        _answersItself = answersItself;
        _spawned = engine is IDatagramSocketRequester requester ? new SpawnedSockets(loop, channel.LocalEndPoint, requester) : null;
        Channel = channel;
    }

    /// <summary>The socket.</summary>
    public DatagramChannel Channel { get; }

    /// <summary>When <see cref="OnDeadline"/> must be called; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDeadlineNs => Volatile.Read(ref _nextDeadlineNs);

    /// <summary>Whether a defect ended it: then nothing of the engine is to be believed, or touched. Under the lock.</summary>
    public bool HasFailed => _defect is not null;

    /// <summary>Whether it was closed or ended by a defect. Under the lock.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Begins to drive.</summary>
    /// <exception cref="IOException">The operating system does not watch the socket, which is the caller's again.</exception>
    public void Start() => _loop.Register(this);

    /// <summary>
    /// Runs code of the engine under the lock, sends what follows from it and tells the owner what happened.
    /// Not to be nested. Whatever the code throws is a defect, which leaves the engine in a state that nobody knows: the driver
    /// ends, as it does where a defect shows on the loop's thread.
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

    /// <summary>As <see cref="Do{TState, TResult}"/>, for code whose callers expect no failure: of a defect the owner hears
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

    /// <summary>Receives what is there. Only on the loop's thread.</summary>
    /// <param name="batches">Room for it.</param>
    /// <returns>Whether it was a short message that somebody waited for, or that was answered: then another may follow at once.</returns>
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
        if (!driver.IsClosed)
        {
            driver._engine.OnTimer(MonotonicClock.NowNs);
        }
    });

    /// <summary>Ends the engine because of a defect, and closes the socket. Without the lock.</summary>
    /// <param name="exception">What was thrown.</param>
    public void Fail(Exception exception) => Do(exception, static exception => ExceptionDispatchInfo.Throw(exception));

    /// <summary>Sends what the engine has to send now, then closes the socket and those it asked for.</summary>
    public void Close()
    {
        bool wasOpen = Do(this, static driver =>
        {
            if (driver.IsClosed)
            {
                return false;
            }

            driver.Pump(MonotonicClock.NowNs);
            driver.IsClosed = true;
            Volatile.Write(ref driver._nextDeadlineNs, long.MaxValue);
            return true;
        });
        if (wasOpen)
        {
            Release();
        }
    }

    /// <summary>What those are told whom a defect has cost their connection.</summary>
    /// <param name="defect">What was thrown.</param>
    /// <returns>The sentence, with the defect behind it.</returns>
    public static IOException Describe(Exception defect) =>
        new("The connection ended by a defect of the transport: " + defect.Message, defect);

    // True if somebody waited for it, or it was answered at once.
    private bool Take(ReceivedBatches batches, int count, bool isRefused)
    {
        _hasSent = false;
        (_, Exception? defect, bool endsRead) = Run(
            (Driver: this, Batches: batches, Count: count, IsRefused: isRefused),
            static received =>
            {
                received.Driver.Feed(received.Batches, received.Count, received.IsRefused);
                return true;
            });
        return (endsRead || (_answersItself && _hasSent)) && defect is null;
    }

    private void Feed(ReceivedBatches batches, int count, bool isRefused)
    {
        if (IsClosed)
        {
            return;
        }

        long nowNs = MonotonicClock.NowNs;
        for (int index = 0; index < count; index++)
        {
            _engine.OnDatagram(batches.PathOf(index), batches.BytesOf(index), batches.SegmentSizeOf(index), nowNs);
        }

        if (isRefused && Channel.Peer is { } peer)
        {
            _engine.OnRefused(peer, nowNs);
        }

        if (_engine.NextDeadlineNs <= nowNs)
        {
            _engine.OnTimer(nowNs);
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

            endsRead = _resumable.Exists(static resumable => resumable.IsRead);
            last = Schedule();
        }

        Queue(last);
        if (isFirstDefect)
        {
            _owner.OnFault(defect!);
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
        IsClosed = true;
        Volatile.Write(ref _nextDeadlineNs, long.MaxValue);
        _owner.OnDefect(defect);
        return true;
    }

    /// <summary>
    /// What waited for the engine goes on: never under the driver's lock, where it would find the engine in the middle of a step.
    /// </summary>
    [Conditional("DEBUG")]
    public void AssertOutside() => Debug.Assert(!_gate.IsHeldByCurrentThread, "Something that was awaited goes on under a driver's lock.");

    private void Release()
    {
        _loop.Unregister(this);
        Channel.Dispose();
        _spawned?.Close();
    }

    private void Settle()
    {
        if (IsClosed)
        {
            return;
        }

        long nowNs = MonotonicClock.NowNs;
        bool isDone = Pump(nowNs);
        while (_owner.TryTell())
        {
            if (isDone)
            {
                // Whoever was told something may have something to say.
                isDone = Pump(nowNs);
            }
        }

        _spawned?.Serve(nowNs);

        long deadlineNs = _engine.NextDeadlineNs;
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
            if (!_engine.TryGetTransmit(buffer.Bytes.AsSpan(0, DatagramLimits.MaxPayload), nowNs, out Transmit transmit))
            {
                _loop.SendBuffers.Return(buffer);
                return true;
            }

            _hasSent = true;
            SendOutcome outcome = Channel.Send(buffer, transmit);
            if (outcome == SendOutcome.Refused)
            {
                _engine.OnRefused(transmit.Path, nowNs);
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
