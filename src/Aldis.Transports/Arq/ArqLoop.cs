using System.ComponentModel;
using System.Runtime.InteropServices;
using Aldis.Transports.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Transports.Arq;

/// <summary>
/// One thread that waits for the sockets and deadlines of its drivers: feed what arrived, send what is due, tell the connections,
/// wait until the next datagram or deadline.
/// </summary>
internal sealed class ArqLoop : IDisposable
{
    private const int EntriesPerWait = 64;
    private const ulong WakeToken = ulong.MaxValue;

    // The values of _sleepsUntilNs besides a time: nobody need wake a thread that is awake; while it looks for the next deadline,
    // every change must.
    private const long Awake = long.MinValue;
    private const long Looking = long.MaxValue;

    private static readonly Lazy<ArqLoop> ClientLoop = new(() => new ArqLoop("aldis arq clients"));

    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle _wake;
    private readonly byte[] _entries = Epoll.CreateEntries(EntriesPerWait);
    private readonly ReceivedBatches _batches = new();
    private readonly List<IResumable> _resumable = [];
    private readonly Lock _lock = new();
    private readonly Thread _thread;
    private ArqDriver?[] _drivers = [];
    private long _sleepsUntilNs = Looking;
    private volatile bool _isStopped;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name.</param>
    /// <exception cref="Win32Exception">The operating system gave no epoll instance.</exception>
    public ArqLoop(string name)
    {
        _epoll = Epoll.Create();
        _wake = Epoll.CreateCounter();
        if (_epoll.IsInvalid || _wake.IsInvalid || !Epoll.Add(_epoll, _wake, EpollEvents.Readable | EpollEvents.EdgeTriggered, WakeToken))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.UnsafeStart();
    }

    /// <summary>The loop of all clients of this process.</summary>
    public static ArqLoop ForClients => ClientLoop.Value;

    /// <summary>Buffers for sends of its drivers.</summary>
    public SendBufferPool SendBuffers { get; } = new();

    /// <summary>Whether the caller runs on the loop's thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Begins to serve a driver.</summary>
    /// <param name="driver">The driver.</param>
    /// <exception cref="IOException">The operating system refused.</exception>
    public void Register(ArqDriver driver)
    {
        int slot;
        lock (_lock)
        {
            slot = Array.IndexOf(_drivers, null);
            if (slot < 0)
            {
                slot = _drivers.Length;
                Array.Resize(ref _drivers, Math.Max(4, slot * 2));
            }

            _drivers[slot] = driver;
        }

        if (!Epoll.Add(_epoll, driver.Channel.Socket.SafeHandle, EpollEvents.Readable, (ulong)slot))
        {
            int error = Marshal.GetLastPInvokeError();
            Unregister(driver);
            throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    /// <summary>Forgets a driver; closing its socket ends the reports about it.</summary>
    /// <param name="driver">The driver.</param>
    public void Unregister(ArqDriver driver)
    {
        lock (_lock)
        {
            int slot = Array.IndexOf(_drivers, driver);
            if (slot >= 0)
            {
                _drivers[slot] = null;
            }
        }
    }

    /// <summary>Lets a connection's code go on after the present piece of work. Only on the loop's thread.</summary>
    /// <param name="waiter">Whose wait is over.</param>
    public void Resume(IResumable waiter) => _resumable.Add(waiter);

    /// <summary>Wakes the thread if it would sleep past a deadline.</summary>
    /// <param name="deadlineNs">The deadline; published to the loop before.</param>
    public void WakeBefore(long deadlineNs)
    {
        Interlocked.MemoryBarrier();
        if (deadlineNs < Volatile.Read(ref _sleepsUntilNs))
        {
            Epoll.Increment(_wake);
        }
    }

    /// <summary>Stops the thread. Its drivers must be closed before.</summary>
    public void Dispose()
    {
        _isStopped = true;
        Epoll.Increment(_wake);
        if (!IsCurrent)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        while (!_isStopped)
        {
            RunOnce();
        }

        _epoll.Dispose();
        _wake.Dispose();
    }

    private void RunOnce()
    {
        int count = Wait();
        for (int index = 0; index < count; index++)
        {
            (_, ulong token) = Epoll.GetEntry(_entries, index);
            if (token != WakeToken && Volatile.Read(ref _drivers)[(uint)token] is { } driver)
            {
                driver.OnReadable(_batches);
                RunResumable();
            }
        }

        long nowNs = MonotonicClock.NowNs;
        foreach (ArqDriver? driver in Volatile.Read(ref _drivers))
        {
            if (driver is not null && driver.NextDeadlineNs <= nowNs)
            {
                driver.OnDeadline();
                RunResumable();
            }
        }
    }

    private int Wait()
    {
        Volatile.Write(ref _sleepsUntilNs, Looking);
        Interlocked.MemoryBarrier();
        long deadlineNs = long.MaxValue;
        foreach (ArqDriver? driver in Volatile.Read(ref _drivers))
        {
            deadlineNs = Math.Min(deadlineNs, driver?.NextDeadlineNs ?? long.MaxValue);
        }

        Volatile.Write(ref _sleepsUntilNs, deadlineNs);
        int count = Epoll.WaitNanoseconds(
            _epoll, _entries, deadlineNs == long.MaxValue ? -1 : Math.Max(0, deadlineNs - MonotonicClock.NowNs));
        Volatile.Write(ref _sleepsUntilNs, Awake);
        return count >= 0 || Marshal.GetLastPInvokeError() == Epoll.Interrupted
            ? count
            : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    // What one connection does may end the wait of another: until none is left.
    private void RunResumable()
    {
        for (int index = 0; index < _resumable.Count; index++)
        {
            _resumable[index].Resume();
        }

        _resumable.Clear();
    }
}
