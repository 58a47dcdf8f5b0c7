using System.Collections.Concurrent;

namespace Aldis.Transports.Datagrams;

/// <summary>
/// One thread that waits for the sockets and deadlines of its drivers: feed what arrived, send what is due, tell the owners,
/// wait until the next datagram or deadline.
/// </summary>
internal sealed class DatagramLoop : IDisposable
{
    private const int SlotsPerWait = 64;

    // While datagrams come, the thread sleeps no longer than this. What an application sends between two of them sets a deadline that
    // is later, so it need not wake the thread; that would cost each request a wake-up.
    private const long BusySleepNs = 2 * DatagramDriver.TimerGranularityNs;

    // Requests and replies follow each other within this time on a fast path. Then the thread waits awake, giving its processor to
    // whoever wants it: to fall asleep and be woken takes longer than the engines at both ends.
    private const long AwakeNs = 50_000;

    // How often in a row that may be in vain, halved each time, before the thread sleeps at once again.
    private const int MostPatience = 64;

    // The values of _sleepsUntilNs besides a time: nobody need wake a thread that is awake; while it looks for the next deadline,
    // every change must.
    private const long Awake = long.MinValue;
    private const long Looking = long.MaxValue;

    private static readonly ConcurrentDictionary<Thread, DatagramLoop> LoopThreads = new();
    private static readonly Lock ClientLoopsLock = new();
    private static readonly DatagramLoop?[] ClientLoops = new DatagramLoop?[2];

    private readonly IReadiness _readiness;
    private readonly int[] _readable = new int[SlotsPerWait];
    private readonly ReceivedBatches _batches = new();
    private readonly List<IResumable> _resumable = [];
    private readonly Lock _lock = new();
    private readonly Thread _thread;
    private DatagramDriver?[] _drivers = [];
    private long _sleepsUntilNs = Looking;
    private bool _isBusy;
    private bool _isConversation;
    private int _patience;
    private volatile bool _isStopped;
    private volatile Exception? _death;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="isPortable">Whether to do without what only Linux has.</param>
    /// <param name="readiness">How it waits; what the system has if left out.</param>
    public DatagramLoop(string name, bool isPortable = false, IReadiness? readiness = null)
    {
        IsPortable = isPortable;
        _readiness = readiness ?? (LinuxDatagramChannel.IsSupported && !isPortable ? new EpollReadiness() : new SelectReadiness());
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.UnsafeStart();
    }

    /// <summary>Whether the caller runs on the thread of a loop of this process, where waiting may be for something that this very
    /// thread has to do.</summary>
    public static bool IsAnyCurrent => LoopThreads.ContainsKey(Thread.CurrentThread);

    /// <summary>Buffers for sends of its drivers.</summary>
    public SendBufferPool SendBuffers { get; } = new();

    /// <summary>Whether it does without what only Linux has.</summary>
    public bool IsPortable { get; }

    /// <summary>Drivers that are served.</summary>
    public int DriverCount
    {
        get
        {
            lock (_lock)
            {
                return _drivers.Count(static driver => driver is not null);
            }
        }
    }

    /// <summary>Whether the caller runs on the loop's thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>The loop of all clients of this process; started by the first, or by the next where that failed.</summary>
    /// <param name="isPortable">Whether to do without what only Linux has.</param>
    /// <returns>The loop, which is never disposed.</returns>
    public static DatagramLoop ForClients(bool isPortable)
    {
        lock (ClientLoopsLock)
        {
            ref DatagramLoop? loop = ref ClientLoops[isPortable ? 1 : 0];
            return loop = loop is { _death: null } ? loop : new DatagramLoop("aldis datagram clients", isPortable);
        }
    }

    /// <summary>Begins to serve a driver.</summary>
    /// <param name="driver">The driver.</param>
    /// <exception cref="IOException">The operating system refused.</exception>
    public void Register(DatagramDriver driver)
    {
        int slot;
        lock (_lock)
        {
            if (_death is { } death)
            {
                throw new IOException($"The thread of the socket ended: {death.Message}", death);
            }

            slot = Array.IndexOf(_drivers, null);
            if (slot < 0)
            {
                slot = _drivers.Length;
                Array.Resize(ref _drivers, Math.Max(4, slot * 2));
            }

            _drivers[slot] = driver;
        }

        try
        {
            _readiness.Add(driver.Channel.Socket, slot);
        }
        catch
        {
            Unregister(driver);
            throw;
        }
    }

    /// <summary>Forgets a driver whose socket is about to be closed.</summary>
    /// <param name="driver">The driver.</param>
    public void Unregister(DatagramDriver driver)
    {
        lock (_lock)
        {
            int slot = Array.IndexOf(_drivers, driver);
            if (slot >= 0)
            {
                _drivers[slot] = null;
                _readiness.Remove(slot);
            }
        }
    }

    /// <summary>Lets code that waited go on after the present piece of work. Only on the loop's thread.</summary>
    /// <param name="resumable">Whose wait is over.</param>
    public void Resume(IResumable resumable) => _resumable.Add(resumable);

    /// <summary>Wakes the thread if it would sleep past a deadline.</summary>
    /// <param name="deadlineNs">The deadline; published to the loop before.</param>
    public void WakeBefore(long deadlineNs)
    {
        Interlocked.MemoryBarrier();
        if (deadlineNs < Volatile.Read(ref _sleepsUntilNs))
        {
            _readiness.Wake();
        }
    }

    /// <summary>Stops the thread. Its drivers must be closed before.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isStopped = true;
            _readiness.Wake();
        }

        if (!IsCurrent)
        {
            _thread.Join();
            if (_death is not null)
            {
                _readiness.Dispose();
            }
        }
    }

    private void Run()
    {
        LoopThreads[_thread] = this;
        try
        {
            while (!_isStopped)
            {
                RunOnce();
            }
        }
        catch (Exception exception)
        {
            Die(exception);
        }

        LoopThreads.TryRemove(_thread, out _);

        lock (_lock)
        {
            // Whoever stopped the thread has woken it by now. Of one that died the drivers may still wake it.
            if (_death is null)
            {
                _readiness.Dispose();
            }
        }
    }

    /// <summary>Tells the drivers that nobody serves them any more; a listener is opened again, on a thread of its own.</summary>
    private void Die(Exception exception)
    {
        DatagramDriver?[] drivers;
        lock (_lock)
        {
            _death = exception;
            drivers = [.. _drivers];
        }

        foreach (DatagramDriver? driver in drivers)
        {
            driver?.Fail(exception);
        }

        ResumeAll(driver: null);
    }

    private void RunOnce()
    {
        int count = Wait();
        for (int index = 0; index < count; index++)
        {
            if (Volatile.Read(ref _drivers)[_readable[index]] is { } driver)
            {
                Serve(driver, isReadable: true);
            }
        }

        _isConversation &= count == 1;

        long nowNs = MonotonicClock.NowNs;
        foreach (DatagramDriver? driver in Volatile.Read(ref _drivers))
        {
            if (driver is not null && driver.NextDeadlineNs <= nowNs)
            {
                Serve(driver, isReadable: false);
            }
        }
    }

    private void Serve(DatagramDriver driver, bool isReadable)
    {
        try
        {
            if (isReadable)
            {
                _isConversation = driver.OnReadable(_batches);
            }
            else
            {
                driver.OnDeadline();
            }
        }
        catch (Exception exception)
        {
            // A defect must cost what one socket serves, not what the others do, nor the process.
            driver.Fail(exception);
        }

        ResumeAll(driver);
    }

    /// <summary>Lets those go on whose wait is over. What one connection does may end the wait of another: until none is left.</summary>
    private void ResumeAll(DatagramDriver? driver)
    {
        driver?.AssertOutside();
        for (int index = 0; index < _resumable.Count; index++)
        {
            try
            {
                _resumable[index].Resume();
            }
            catch (Exception exception)
            {
                driver?.Fail(exception);
            }
        }

        _resumable.Clear();
    }

    private int Wait()
    {
        long startNs = MonotonicClock.NowNs;
        int count = 0;
        if (_isConversation && _patience > 0)
        {
            count = WaitAwake(startNs + AwakeNs);
        }

        count = count > 0 ? count : Sleep();
        if (count == 0 || !_isConversation)
        {
            return count;
        }

        bool wasQuick = MonotonicClock.NowNs - startNs < 2 * AwakeNs;
        _patience = wasQuick ? Math.Min(_patience + 1, MostPatience) : _patience / 2;
        return count;
    }

    private int WaitAwake(long untilNs)
    {
        int count;
        do
        {
            count = _readiness.Wait(0, _readable);
            if (count == 0)
            {
                Thread.Yield();
            }
        }
        while (count == 0 && MonotonicClock.NowNs < untilNs);
        _isBusy = count > 0;
        return count;
    }

    private int Sleep()
    {
        Volatile.Write(ref _sleepsUntilNs, Looking);
        Interlocked.MemoryBarrier();
        if (_isStopped)
        {
            // The call that was to end this wait may have ended the look before it.
            return 0;
        }

        long nowNs = MonotonicClock.NowNs;
        long deadlineNs = _isBusy ? nowNs + BusySleepNs : long.MaxValue;
        foreach (DatagramDriver? driver in Volatile.Read(ref _drivers))
        {
            deadlineNs = Math.Min(deadlineNs, driver?.NextDeadlineNs ?? long.MaxValue);
        }

        Volatile.Write(ref _sleepsUntilNs, deadlineNs);
        int count = _readiness.Wait(deadlineNs == long.MaxValue ? -1 : Math.Max(0, deadlineNs - nowNs), _readable);
        Volatile.Write(ref _sleepsUntilNs, Awake);
        _isBusy = count > 0;
        return count;
    }
}
