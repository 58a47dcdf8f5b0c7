using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Aldis.Transports.Load;

/// <summary>
/// The sockets of a load: where they go and where they come from. Towards a server on this machine they come from several addresses of
/// 127.0.0.0/8, 500 from each, because servers bound the connections of an address.
/// </summary>
/// <param name="server">Where they go.</param>
/// <param name="isDatagrams">Whether they carry datagrams.</param>
internal sealed class LoadSource(EndPoint server, bool isDatagrams)
{
    private const int ConnectionsPerAddress = 500;
    private const int OptionLevelIp = 0;
    private const int OptionBindAddressNoPort = 24; // IP_BIND_ADDRESS_NO_PORT, ip(7): the port is chosen when it connects

    private readonly bool _isLoopback = server is IPEndPoint { Address: { AddressFamily: AddressFamily.InterNetwork } address }
        && IPAddress.IsLoopback(address);

    /// <summary>Makes a socket.</summary>
    /// <param name="index">The number of its connection, from 0.</param>
    /// <returns>The socket, which blocks.</returns>
    public Socket CreateSocket(int index)
    {
        bool isUnix = server is UnixDomainSocketEndPoint;
        var socket = isDatagrams
            ? new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
            : new Socket(server.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        if (!isDatagrams && !isUnix)
        {
            socket.NoDelay = true;
        }

        if (_isLoopback && index >= ConnectionsPerAddress && OperatingSystem.IsLinux())
        {
            BindTo(socket, index / ConnectionsPerAddress);
        }

        return socket;
    }

    /// <summary>Begins to connect; afterwards the socket does not block.</summary>
    /// <param name="socket">From <see cref="CreateSocket"/>.</param>
    /// <exception cref="SocketException">It is clear already that it cannot be.</exception>
    public void BeginConnect(Socket socket)
    {
        // To a Unix socket whose queue is full only a call that blocks waits.
        socket.Blocking = server is UnixDomainSocketEndPoint;
        try
        {
            socket.Connect(server);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // Readiness tells how it ended.
        }

        socket.Blocking = false;
    }

    [SupportedOSPlatform("linux")]
    private static void BindTo(Socket socket, int number)
    {
        socket.SetRawSocketOption(OptionLevelIp, OptionBindAddressNoPort, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(new IPAddress([127, 0, (byte)(number >> 8), (byte)(1 + (number & 0x7F))]), 0));
    }
}
