using Aldis.Transports.Datagrams;
using Aldis.Transports.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Transports.Load;

/// <summary>Waits for a time more exactly than timers do, where the system can.</summary>
internal sealed class LoadWait : IDisposable
{
    private static readonly TimeSpan Coarse = TimeSpan.FromMilliseconds(1);

    private readonly SafeFileHandle? _epoll = OperatingSystem.IsLinux() ? Epoll.Create() : null;
    private readonly byte[] _entries = Epoll.CreateEntries(1);

    /// <summary>Blocks the thread until a time.</summary>
    /// <param name="nanoseconds">By <see cref="MonotonicClock"/>.</param>
    public void Until(long nanoseconds)
    {
        long rest = nanoseconds - MonotonicClock.NowNs;
        if (rest <= 0)
        {
            Thread.Yield();
        }
        else if (_epoll is null)
        {
            Thread.Sleep(Coarse);
        }
        else
        {
            _ = Epoll.WaitNanoseconds(_epoll, _entries, rest);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _epoll?.Dispose();
}
