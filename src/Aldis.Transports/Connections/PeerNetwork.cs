using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Fairness;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Aldis.Transports.Connections;

/// <summary>Who a connection counts for wherever a limit is shared out among peers.</summary>
internal static class PeerNetwork
{
    // SO_PEERCRED of unix(7) gives a struct ucred: process, user, group.
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int CredentialBytes = 12;
    private const int UserAt = sizeof(int);

    /// <summary>The key of a connection's peer.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>That of its IP address; of a Unix socket's, or where there is no address, that of a user of this machine.</returns>
    public static NetworkKey Of(BaseConnectionContext connection) => connection.RemoteEndPoint is IPEndPoint ip
        ? Of(ip.Address)
        : NetworkKey.OfLocalUser(UserOf(connection.Features.Get<IConnectionSocketFeature>()?.Socket));

    /// <summary>The key of an accepted socket's peer.</summary>
    /// <param name="socket">The socket.</param>
    /// <returns>The same.</returns>
    /// <exception cref="SocketException">The peer is gone.</exception>
    public static NetworkKey Of(Socket socket) =>
        socket.RemoteEndPoint is IPEndPoint ip ? Of(ip.Address) : NetworkKey.OfLocalUser(UserOf(socket));

    /// <summary>The key of an address.</summary>
    /// <param name="address">IPv4, or IPv6 with IPv4 mapped into it or not.</param>
    /// <returns>The key.</returns>
    public static NetworkKey Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        return NetworkKey.Of(bytes[..length]);
    }

    // Where the system does not tell, all users are one.
    private static uint UserOf(Socket? socket)
    {
        if (socket is null || !OperatingSystem.IsLinux())
        {
            return 0;
        }

        try
        {
            Span<byte> credentials = stackalloc byte[CredentialBytes];
            int length = socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
            return length == CredentialBytes ? BitConverter.ToUInt32(credentials[UserAt..]) : 0;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is gone already.
            return 0;
        }
    }
}
