using System.Net.Sockets;

namespace Aldis.Transports.Packets;

/// <summary>Sockets of unix(7) that keep the boundaries of what is written: one write is one packet, and one packet one read.</summary>
internal static class PacketSocket
{
    /// <summary>Most bytes that are written as one packet; what is longer is written as several.</summary>
    public const int MostSentBytes = 64 * 1024;

    /// <summary>
    /// Room for one packet of a peer, more than the system lets an ordinary one send (<c>net.core.wmem_default</c>, 208 KiB).
    /// </summary>
    public const int MostReceivedBytes = 256 * 1024;

    /// <summary>The flag that has a receive say how long a packet is that does not fit (MSG_TRUNC of recv(2)).</summary>
    public const SocketFlags TellsLength = SocketFlags.Truncated;

    /// <summary>Makes a socket.</summary>
    /// <param name="type"><see cref="SocketType.Seqpacket"/> or <see cref="SocketType.Dgram"/>.</param>
    /// <exception cref="SocketException">The system has none.</exception>
    public static Socket Create(SocketType type) => new(AddressFamily.Unix, type, ProtocolType.Unspecified);

    /// <summary>Gives a datagram socket a name of its own, in the abstract namespace: who has none cannot be answered.</summary>
    /// <param name="socket">The socket.</param>
    public static void Name(Socket socket) =>
        socket.Bind(new UnixDomainSocketEndPoint($"\0aldis-{Environment.ProcessId}-{Guid.NewGuid():N}"));
}
