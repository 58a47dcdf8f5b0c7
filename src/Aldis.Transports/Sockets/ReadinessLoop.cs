using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Transports.Sockets;

/// <summary>
/// One thread that waits for many sockets at once and, where a connection waits for the one that is ready, runs that connection's
/// code right there. So a handler that only talks to its peer never changes threads, and a message costs one receive and one send.
/// The price: code that runs here must not block.
/// </summary>
internal sealed class ReadinessLoop : IDisposable
{
    private const int EntriesPerWait = 512;

    private const EpollEvents Interest = EpollEvents.Readable | EpollEvents.Writable | EpollEvents.PeerFinished | EpollEvents.EdgeTriggered;

    private const ulong StopToken = ulong.MaxValue;
    private const ulong AskToken = StopToken - 1;

    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle _stop;
    private readonly SafeFileHandle _ask;
    private readonly byte[] _entries = Epoll.CreateEntries(EntriesPerWait);
    private readonly Thread _thread;
    private readonly Lock _lock = new();
    private readonly Stack<int> _freeSlots = new();
    private SocketConnection?[] _slots = new SocketConnection?[64];
    private int _usedSlots;
    private uint _generation;
    private List<SocketInput> _deferred = [];
    private List<SocketInput> _deferredBefore = [];
    private long _asked;
    private long _answered;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name.</param>
    /// <exception cref="Win32Exception">The operating system gave no epoll instance.</exception>
    public ReadinessLoop(string name)
    {
        _epoll = Epoll.Create();
        _stop = Epoll.CreateCounter();
        _ask = Epoll.CreateCounter();
        if (_epoll.IsInvalid || _stop.IsInvalid || _ask.IsInvalid || !Epoll.Add(_epoll, _stop, EpollEvents.Readable, StopToken)
            || !Epoll.Add(_epoll, _ask, EpollEvents.Readable | EpollEvents.EdgeTriggered, AskToken))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.UnsafeStart();
    }

    /// <summary>The blocks that connections of this loop receive into.</summary>
    public BlockPool Blocks { get; } = new();

    /// <summary>Whether the caller runs on this loop's thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Begins to report the readiness of a connection's socket to it.</summary>
    /// <param name="connection">Who is told. Gets its <see cref="SocketConnection.LoopToken"/>.</param>
    /// <param name="socket">Its non-blocking socket.</param>
    /// <exception cref="IOException">The operating system refused.</exception>
    public void Register(SocketConnection connection, Socket socket)
    {
        lock (_lock)
        {
            if (!_freeSlots.TryPop(out int slot))
            {
                slot = _usedSlots++;
                if (slot == _slots.Length)
                {
                    Array.Resize(ref _slots, slot * 2);
                }
            }

            // The generation tells a late report about the slot's previous owner from one about its present owner.
            connection.LoopToken = ((ulong)++_generation << 32) | (uint)slot;
            _slots[slot] = connection;
        }

        if (!Epoll.Add(_epoll, socket.SafeHandle, Interest, connection.LoopToken))
        {
            int error = Marshal.GetLastPInvokeError();
            Unregister(connection);
            throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    /// <summary>Ends the reports to a connection; closing its socket ends them in the operating system.</summary>
    /// <param name="connection">Given to <see cref="Register"/> before.</param>
    public void Unregister(SocketConnection connection)
    {
        lock (_lock)
        {
            int slot = (int)(uint)connection.LoopToken;
            _slots[slot] = null;
            _freeSlots.Push(slot);
        }
    }

    /// <summary>Lets an input go on after every other socket that is ready had its turn. Only on this loop's thread.</summary>
    /// <param name="input">An input that waits.</param>
    public void Defer(SocketInput input) => _deferred.Add(input);

    /// <summary>Asks the thread for a sign of life, which it gives between what its connections do. By one thread at a time.</summary>
    /// <returns>Whether it has given the one that it was asked for last; where not, it is not asked again.</returns>
    public bool Ask()
    {
        bool isAnswered = Volatile.Read(ref _answered) == _asked;
        if (isAnswered)
        {
            Volatile.Write(ref _asked, _asked + 1);
            Epoll.Increment(_ask);
        }

        return isAnswered;
    }

    /// <summary>Stops the thread. Connections must be closed before.</summary>
    public void Dispose()
    {
        Epoll.Increment(_stop);
        if (!IsCurrent)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        while (TryRunOnce())
        {
            // A turn is a method of its own because the runtime optimizes best what is called often.
        }

        _epoll.Dispose();
        _stop.Dispose();
        _ask.Dispose();
    }

    private bool TryRunOnce()
    {
        int count = Epoll.Wait(_epoll, _entries, _deferred.Count > 0 ? 0 : -1);
        if (count < 0 && Marshal.GetLastPInvokeError() != Epoll.Interrupted)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        for (int i = 0; i < count; i++)
        {
            (EpollEvents events, ulong token) = Epoll.GetEntry(_entries, i);
            if (token == StopToken)
            {
                return false;
            }

            if (token == AskToken)
            {
                Volatile.Write(ref _answered, Volatile.Read(ref _asked));
                continue;
            }

            // A larger array may have replaced this one, with the same content.
            if (Volatile.Read(ref _slots)[(uint)token] is { } connection && connection.LoopToken == token)
            {
                Report(connection, events);
            }
        }

        ResumeDeferred();
        return true;
    }

    // What runs here is the connection's code, whose own failures are its own. Memory may end anywhere, and must not end the loop.
    private static void Report(SocketConnection connection, EpollEvents events)
    {
        try
        {
            connection.OnReadiness(events);
        }
        catch (OutOfMemoryException exception)
        {
            connection.Abort(new ConnectionAbortedException(exception.Message, exception));
        }
    }

    private void ResumeDeferred()
    {
        if (_deferred.Count == 0)
        {
            return;
        }

        (_deferred, _deferredBefore) = (_deferredBefore, _deferred);
        foreach (SocketInput input in _deferredBefore)
        {
            Report(input.Connection, EpollEvents.Readable);
        }

        _deferredBefore.Clear();
    }
}
