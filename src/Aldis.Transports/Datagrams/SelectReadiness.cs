using System.Net;
using System.Net.Sockets;

namespace Aldis.Transports.Datagrams;

/// <summary>Waits by <see cref="Socket.Select(System.Collections.IList, System.Collections.IList, System.Collections.IList, TimeSpan)"/>,
/// which every system has. It is woken by a datagram to itself.</summary>
internal sealed class SelectReadiness : IReadiness
{
    // How long a socket that was closed meanwhile may keep the loop from its deadlines.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Socket> _sockets = [];
    private readonly Socket _wake = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly List<Socket> _readable = [];

    /// <summary>Opens the socket it is woken by.</summary>
    public SelectReadiness()
    {
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wake.Connect(_wake.LocalEndPoint!);
        _wake.Blocking = false;
    }

    /// <inheritdoc/>
    public void Add(Socket socket, int slot)
    {
        lock (_lock)
        {
            _sockets[slot] = socket;
        }

        Wake();
    }

    /// <inheritdoc/>
    public void Remove(int slot)
    {
        lock (_lock)
        {
            _sockets.Remove(slot);
        }
    }

    /// <inheritdoc/>
    public int Wait(long timeoutNanoseconds, Span<int> slots)
    {
        _readable.Clear();
        _readable.Add(_wake);
        lock (_lock)
        {
            _readable.AddRange(_sockets.Values);
        }

        TimeSpan timeout = timeoutNanoseconds < 0 ? LongestWait : TimeSpan.FromMicroseconds(timeoutNanoseconds / 1e3);
        try
        {
            Socket.Select(_readable, null, null, timeout < LongestWait ? timeout : LongestWait);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One of them was closed meanwhile.
            return 0;
        }

        int filled = 0;
        lock (_lock)
        {
            foreach ((int slot, Socket socket) in _sockets)
            {
                if (filled < slots.Length && _readable.Contains(socket))
                {
                    slots[filled++] = slot;
                }
            }
        }

        if (_readable.Contains(_wake))
        {
            Span<byte> nothing = stackalloc byte[1];
            _wake.Receive(nothing, SocketFlags.None, out _);
        }

        return filled;
    }

    /// <inheritdoc/>
    public void Wake() => _wake.Send(stackalloc byte[1], SocketFlags.None, out _);

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();
}
