using System.Globalization;
using System.Net;
using Aldis.Protocols.Datagrams;
using Aldis.Services.Events;
using Aldis.Transports;
using Aldis.Transports.Datagrams;

namespace Aldis.Services.Echo;

/// <summary>The datagram echo (<see cref="EchoEngine"/>) at an address, and the events of what it does not answer.</summary>
internal static class DatagramEcho
{
    /// <summary>Binds the echo; it answers from <see cref="DatagramListener.Start"/> on.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="events">Where refused datagrams are shown.</param>
    /// <returns>The bound listener.</returns>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public static DatagramListener Bind(IPEndPoint endPoint, IServiceEvents events)
    {
        EchoEngine? engine = null;
        return DatagramListener.Bind(
            endPoint,
            bound => engine = new EchoEngine(bound.Port),
            tell: () => Tell(engine!, events),
            fault: defect => events.Publish(new ServiceEvent(ServiceEventKind.Fault, "echo", endPoint.ToString())
            {
                Cause = ServiceEventCause.HandlerFailed,
                Detail = defect.ToString(),
            }));
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
                events.Publish(new ServiceEvent(ServiceEventKind.DatagramRefused, "echo", PathAddress.ToEndPoint(refusal.Path).ToString())
                {
                    Length = refusal.Length,
                    Cause = ServiceEventCause.SourcePort,
                    Detail = reason,
                });
            }
        }
    }
}
