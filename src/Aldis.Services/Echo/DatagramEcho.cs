using System.Globalization;
using System.Net;
using Aldis.Services.Events;
using Aldis.Transports.Datagrams;

namespace Aldis.Services.Echo;

/// <summary>
/// The datagram echo (RFC 862): each datagram comes back unchanged. It gives no answer to source ports below 1024 (where the
/// services live that would answer again) and to the port it listens on itself, so that one spoofed datagram cannot make two echoes
/// talk for ever (CERT VU#417980). Nothing is amplified: an answer is as long as its request.
/// </summary>
/// <param name="events">Where refused datagrams are shown.</param>
public sealed class DatagramEcho(IServiceEvents events) : IDatagramHandler
{
    /// <summary>The lowest source port that is answered.</summary>
    public const int LowestAnsweredPort = 1024;

    /// <summary>The port this echo listens on; set once it is bound.</summary>
    public int OwnPort { get; set; }

    /// <inheritdoc/>
    public bool ShouldReturn(SocketAddress from, int length)
    {
        ArgumentNullException.ThrowIfNull(from);
        // sockaddr_in and sockaddr_in6 both hold the port in network order at offset 2.
        int port = (from[2] << 8) | from[3];
        if (port >= LowestAnsweredPort && port != OwnPort)
        {
            return true;
        }

        if (events.IsObserved)
        {
            string reason = port == OwnPort
                ? "the source port is this echo's own"
                : string.Create(CultureInfo.InvariantCulture, $"the source port {port} is below {LowestAnsweredPort}");
            events.Publish(new ServiceEvent(ServiceEventKind.DatagramRefused, "echo", Describe(from)) { Length = length, Detail = reason });
        }

        return false;
    }

    private static string Describe(SocketAddress from)
    {
        EndPoint template = from.Family == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? new IPEndPoint(IPAddress.IPv6Any, 0)
            : new IPEndPoint(IPAddress.Any, 0);
        return template.Create(from).ToString()!;
    }
}
