using System.Globalization;
using Aldis.Protocols.Datagrams;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Transports;
using Aldis.Transports.Datagrams;

namespace Aldis.Services.Echo;

/// <summary>The datagram echo (<see cref="EchoEngine"/>) at an address, and the events of what it does not answer.</summary>
internal static class DatagramEcho
{
    /// <summary>Binds the echo; it answers from <see cref="DatagramListener.Start"/> on.</summary>
    /// <param name="place">Where, and who is told of refused datagrams.</param>
    /// <returns>The bound listener.</returns>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public static DatagramListener Bind(DatagramPlace place)
    {
        EchoEngine? engine = null;
        return DatagramListener.Bind(
            place.EndPoint, bound => engine = new EchoEngine(bound.Port), tell: () => Tell(engine!, place.Events), place.Fault);
    }

    private static void Tell(EchoEngine engine, IServiceEvents events)
    {
        while (engine.TryGetRefusal(out EchoRefusal refusal))
        {
            if (events.IsObserved)
            {
                string reason = refusal.IsOwnPort
                    ? "the source port is this echo's own"
                    : string.Create(CultureInfo.InvariantCulture, $"the source port {refusal.Path.RemotePort} is below {EchoEngine.LowestAnsweredPort}");
                events.Publish(new ServiceEvent(ServiceEventKind.DatagramRefused, EchoConversation.Name, PathAddress.ToEndPoint(refusal.Path).ToString())
                {
                    Length = refusal.Length,
                    Cause = ServiceEventCause.SourcePort,
                    Detail = reason,
                });
            }
        }
    }
}
