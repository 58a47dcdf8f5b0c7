using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Aldis.Transports.Listening;

/// <summary>
/// Asks the system to acknowledge what has arrived at once (Linux TCP_QUICKACK, tcp(7)). A client that writes a header and its
/// payload in two sends lets Nagle's algorithm (RFC 896) hold the second until the first is acknowledged, and a delayed
/// acknowledgement (RFC 1122 section 4.2.3.2) then costs some 40 ms for each message. The option wears off and is set again each time.
/// </summary>
internal static class QuickAcknowledgement
{
    private const int TcpLevel = 6;
    private const int TcpQuickAck = 12;

    /// <summary>Acknowledges now, where the connection is TCP and the system knows how; does nothing elsewhere.</summary>
    /// <param name="connection">The connection.</param>
    public static void Request(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (!OperatingSystem.IsLinux() || connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
        {
            return;
        }

        try
        {
            socket.SetRawSocketOption(TcpLevel, TcpQuickAck, [1, 0, 0, 0]);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection ended meanwhile; the next read says so.
        }
    }
}
