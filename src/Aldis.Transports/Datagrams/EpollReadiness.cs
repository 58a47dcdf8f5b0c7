using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Aldis.Transports.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Transports.Datagrams;

/// <summary>Waits by epoll(7), to the microsecond where the system can.</summary>
internal sealed class EpollReadiness : IReadiness
{
    private const int EntriesPerWait = 64;
    private const ulong WakeToken = ulong.MaxValue;

    private readonly SafeFileHandle _epoll = Epoll.Create();
    private readonly SafeFileHandle _wake = Epoll.CreateCounter();
    private readonly byte[] _entries = Epoll.CreateEntries(EntriesPerWait);

    /// <summary>Opens what the operating system needs.</summary>
    /// <exception cref="Win32Exception">It gave no epoll instance.</exception>
    public EpollReadiness()
    {
        if (_epoll.IsInvalid || _wake.IsInvalid || !Epoll.Add(_epoll, _wake, EpollEvents.Readable | EpollEvents.EdgeTriggered, WakeToken))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <inheritdoc/>
    public void Add(Socket socket, int slot)
    {
        if (!Epoll.Add(_epoll, socket.SafeHandle, EpollEvents.Readable, (ulong)slot))
        {
            throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
        }
    }

    /// <inheritdoc/>
    public void Remove(int slot)
    {
        // Closing the socket ends the reports.
    }

    /// <inheritdoc/>
    public int Wait(long timeoutNanoseconds, Span<int> slots)
    {
        int count = Epoll.WaitNanoseconds(_epoll, _entries, timeoutNanoseconds);
        if (count < 0 && Marshal.GetLastPInvokeError() != Epoll.Interrupted)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        int filled = 0;
        for (int index = 0; index < count && filled < slots.Length; index++)
        {
            (_, ulong token) = Epoll.GetEntry(_entries, index);
            if (token != WakeToken)
            {
                slots[filled++] = (int)token;
            }
        }

        return filled;
    }

    /// <inheritdoc/>
    public void Wake() => Epoll.Increment(_wake);

    /// <inheritdoc/>
    public void Dispose()
    {
        _epoll.Dispose();
        _wake.Dispose();
    }
}
