using System.Net.Sockets;
using Aldis.Transports.Addresses;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Aldis.Transports.Connections;

/// <summary>What a connection over a Unix domain socket came over.</summary>
internal static class UnixTransport
{
    /// <summary>The transport.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>Null where it is none of a Unix domain socket.</returns>
    public static TransportScheme? Of(BaseConnectionContext connection)
    {
        if (connection.LocalEndPoint is not UnixDomainSocketEndPoint)
        {
            return null;
        }

        Socket? socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        return socket?.SocketType == SocketType.Seqpacket ? TransportScheme.UnixSeqpacket : TransportScheme.Unix;
    }
}
