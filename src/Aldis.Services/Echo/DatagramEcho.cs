using System.Globalization;
using System.Net;
using Aldis.Protocols.Datagrams;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Native;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Packets;
using Aldis.Transports.Randomness;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Services.Echo;

/// <summary>The datagram echo (<see cref="EchoEngine"/>) at an address, and the events of what it does not answer.</summary>
internal static class DatagramEcho
{
    private const int MostDatagramsPerSecond = 1_000_000_000;

    /// <summary>The option of an address that says how often one peer is answered (<c>?rate=50000</c>).</summary>
    public static AddressOption RateOption { get; } = new("rate", "answers a second to one address at most, 20000 if left out")
    {
        Scheme = TransportScheme.Udp,
    };

    /// <summary>Binds the echo; it answers from <see cref="IDatagramListener.Start"/> on.</summary>
    /// <param name="place">Where, and who is told of refused datagrams.</param>
    /// <returns>The bound listener.</returns>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    /// <exception cref="FormatException">The address has a rate that is none.</exception>
    public static IDatagramListener Bind(DatagramPlace place) =>
        place.EndPoint is UnixSocketEndPoint unix ? UnixDatagramEcho.Bind(place, unix) : BindUdp(place, (IPEndPoint)place.EndPoint);

    private static DatagramListener BindUdp(DatagramPlace place, IPEndPoint endPoint)
    {
        EchoEngine? engine = null;
        var options = new EchoOptions
        {
            DatagramsPerSecond = RateOf(place.Address),
            IsOwn = OwnDatagramPlaces.Contains,
            IsAllowed = place.Services.GetService<IClientPolicy>() is TokenPolicy tokens
                ? path => tokens.IsAnswered(IPAddress.IsLoopback(PathAddress.ToEndPoint(path).Address))
                : static _ => true,
            Secret = BitConverter.ToUInt128(SystemRandom.GetBytes(16)),
        };
        return DatagramListener.Bind(
            endPoint,
            bound => engine = new EchoEngine(bound.Port, options),
            tell: () => Tell(engine!, options.DatagramsPerSecond, place.Events),
            place.Fault);
    }

    private static int RateOf(EndpointAddress address)
    {
        if (!address.Options.TryGetValue(RateOption.Name, out string? text))
        {
            return EchoOptions.DefaultDatagramsPerSecond;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rate) && rate is > 0 and <= MostDatagramsPerSecond
            ? rate
            : throw new FormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"'{address}' has rate={text}: write how many datagrams a second one address is answered, 1 to {MostDatagramsPerSecond}."));
    }

    // The sentences name no number of the peer's: what differs from one to the next would be told each time.
    private static (ServiceEventCause Cause, string Reason) Describe(EchoRefusalCause cause, int rate) => cause switch
    {
        EchoRefusalCause.LowPort => (
            ServiceEventCause.SourcePort,
            string.Create(CultureInfo.InvariantCulture, $"the source port is below {EchoEngine.LowestAnsweredPort}")),
        EchoRefusalCause.OwnPort => (ServiceEventCause.SourcePort, "the source port is this echo's own"),
        EchoRefusalCause.OwnListener => (ServiceEventCause.SourcePort, "the source is another listener of this server"),
        EchoRefusalCause.SourceAddress => (ServiceEventCause.SourceAddress, "the source is no address of one machine"),
        EchoRefusalCause.Destination => (ServiceEventCause.Broadcast, "it was sent to many at once, by broadcast or multicast"),
        EchoRefusalCause.Token => (ServiceEventCause.TokenMissing, "a token is required, and a datagram shows none"),
        EchoRefusalCause.Rate => (
            ServiceEventCause.RateLimit,
            string.Create(
                CultureInfo.InvariantCulture,
                $"more than {rate} datagrams a second came from this address ('?{RateOption.Name}=' at the echo's address allows more)")),
        _ => (ServiceEventCause.Busy, "too many answers wait to be sent"),
    };

    private static void Tell(EchoEngine engine, int rate, IServiceEvents events)
    {
        while (engine.TryGetRefusal(out EchoRefusal refusal))
        {
            (ServiceEventCause cause, string reason) = Describe(refusal.Cause, rate);
            events.Publish(new ServiceEvent(ServiceEventKind.DatagramRefused, EchoConversation.Name, PathAddress.ToEndPoint(refusal.Path).ToString())
            {
                Length = refusal.Length,
                Cause = cause,
                Detail = reason,
                Further = refusal.Count - 1,
            });
        }
    }
}
