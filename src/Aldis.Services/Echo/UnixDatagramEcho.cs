using System.Globalization;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Native;
using Aldis.Transports;
using Aldis.Transports.Listening;
using Aldis.Transports.Packets;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Services.Echo;

/// <summary>
/// The datagram echo at a Unix domain socket, and the events of what it does not answer. The rules of UDP against loops and floods are not
/// needed: nobody can forge the name of a socket, and who sends has to wait for who reads.
/// </summary>
internal static class UnixDatagramEcho
{
    /// <summary>Binds the echo.</summary>
    /// <param name="place">Who is told of refused datagrams.</param>
    /// <param name="endPoint">Where.</param>
    /// <returns>The bound listener.</returns>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public static UnixDatagramListener Bind(DatagramPlace place, UnixSocketEndPoint endPoint)
    {
        var tokens = place.Services.GetService<IClientPolicy>() as TokenPolicy;
        return UnixDatagramListener.Bind(
            endPoint,
            () => tokens?.AreUnixDatagramsAnswered ?? true,
            (peer, length, why) => Tell(place.Events, peer, length, why),
            place.Fault);
    }

    private static void Tell(IServiceEvents events, string peer, int length, UnixDatagramRefusal why)
    {
        (ServiceEventCause cause, string reason) = why switch
        {
            UnixDatagramRefusal.NoName => (
                ServiceEventCause.SourceAddress,
                "its sender has no name that an answer could be sent to: it must bind one (socat: bind=PATH)"),
            UnixDatagramRefusal.TooLong => (
                ServiceEventCause.TooLarge,
                string.Create(CultureInfo.InvariantCulture, $"it is longer than {PacketSocket.MostReceivedBytes} bytes")),
            UnixDatagramRefusal.Token => (ServiceEventCause.TokenMissing, "a token is required, and a datagram shows none"),
            _ => (ServiceEventCause.Busy, "its sender does not read its answers"),
        };
        events.Publish(new ServiceEvent(ServiceEventKind.DatagramRefused, EchoConversation.Name, peer)
        {
            Length = length,
            Cause = cause,
            Detail = reason,
        });
    }
}
