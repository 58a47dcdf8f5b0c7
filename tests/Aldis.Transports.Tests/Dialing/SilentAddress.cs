using System.Net;
using System.Net.Sockets;

namespace Aldis.Transports.Tests.Dialing;

/// <summary>
/// A TCP address of this machine that answers nothing, as one behind a firewall does: its queue of connections to be accepted is full,
/// and the system drops what comes then.
/// </summary>
internal sealed class SilentAddress : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _waiting = [];

    public SilentAddress(IPAddress address, int port)
    {
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen(backlog: 0);
        while (TryConnect())
        {
        }
    }

    public void Dispose()
    {
        _waiting.ForEach(static socket => socket.Dispose());
        _listener.Dispose();
    }

    private bool TryConnect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        _waiting.Add(socket);
        try
        {
            socket.Connect(_listener.LocalEndPoint!);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // Over loopback the answer comes at once or not at all.
        }

        return socket.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectWrite);
    }
}
