using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;

namespace Aldis.Transports.Relay;

/// <summary>Where a relay listens and where it sends to.</summary>
/// <param name="Listen">The places to bind.</param>
/// <param name="Target">The one target.</param>
/// <param name="IsDatagrams">Whether datagrams are passed on; else streams.</param>
internal sealed record LinkPlaces(IReadOnlyList<EndPoint> Listen, EndPoint Target, bool IsDatagrams)
{
    /// <summary>Finds what two addresses mean.</summary>
    /// <inheritdoc cref="LinkRelay.Start(EndpointAddress, EndpointAddress, LinkRelayOptions)" path="/exception"/>
    /// <param name="listen">Where to listen.</param>
    /// <param name="target">Where to.</param>
    /// <param name="looksUpLate">Whether the name of a target of streams is looked up for each connection and need not be known now.</param>
    /// <returns>The places.</returns>
    public static LinkPlaces Resolve(EndpointAddress listen, EndpointAddress target, bool looksUpLate = false)
    {
        bool isDatagrams = IsDatagramScheme(listen) || IsDatagramScheme(target);
        if (isDatagrams && ((listen.HasScheme && !IsDatagramScheme(listen)) || (target.HasScheme && !IsDatagramScheme(target))))
        {
            throw new FormatException(
                $"'{listen}' and '{target}' do not belong together: a link carries either datagrams (udp://) or streams (tcp://, unix:).");
        }

        RefuseUnusual(listen);
        RefuseUnusual(target);
        if (target.Scheme != TransportScheme.Unix && target.Port is null or 0)
        {
            throw new FormatException($"'{target}' names no port: a link needs to know where its target listens.");
        }

        IReadOnlyList<EndPoint> places = ListenAddresses.Resolve(listen.WithDefaults("127.0.0.1", 0));
        return new LinkPlaces(places, Find(target.WithDefaults("127.0.0.1", 0), looksUpLate && !isDatagrams), isDatagrams);
    }

    /// <summary>Refuses a target that is where the relay listens: what it sends would come back to it for ever.</summary>
    /// <param name="bound">Where it is bound.</param>
    /// <exception cref="CommunicationException">It is.</exception>
    public void RefuseItself(EndPoint bound)
    {
        bool isItself = (bound, Target) switch
        {
            (IPEndPoint own, IPEndPoint target) => own.Port == target.Port && (Plain(own.Address).Equals(Plain(target.Address))
                || IsAny(target.Address) || (IsAny(own.Address) && IsOfThisMachine(target.Address))),
            _ => bound.Equals(Target),
        };
        if (isItself)
        {
            throw new CommunicationException(
                CommunicationFailure.Network, $"the target {Target} is where the link itself listens: name where the server listens.");
        }
    }

    private static bool IsDatagramScheme(EndpointAddress address) => address.Scheme == TransportScheme.Udp;

    private static void RefuseUnusual(EndpointAddress address)
    {
        if (address.IsUnix && address.Scheme != TransportScheme.Unix)
        {
            throw new FormatException($"'{address}' cannot be linked: a link carries datagrams (udp://) or streams (tcp://, unix:).");
        }

        if (address.UsesArq || address.UsesTls)
        {
            string carrier = address.UsesArq ? "udp://" : "tcp://";
            throw new FormatException($"'{address}' names what the programs at both ends speak: a link carries bytes, {carrier} here.");
        }

        AddressOptions.RefuseUnknown(address);
    }

    private static EndPoint Find(EndpointAddress target, bool isLate)
    {
        if (target.Scheme == TransportScheme.Unix)
        {
            return target.ToUnixEndPoint();
        }

        if (isLate && target.Host != "localhost" && !ScopedAddress.TryParse(target.Host, out _))
        {
            return new DnsEndPoint(target.Host, target.Port!.Value);
        }

        try
        {
            IPAddress address = ScopedAddress.TryParse(target.Host, out IPAddress? literal) ? literal!
                : Dns.GetHostAddresses(target.Host).MinBy(static ip => ip.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)!;
            return new IPEndPoint(address, target.Port!.Value);
        }
        catch (SocketException exception)
        {
            throw new CommunicationException(
                CommunicationFailure.Network, $"the target {target} is not known: there is no host {target.Host}.", exception);
        }
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    // Only an address of this machine can be bound.
    private static bool IsOfThisMachine(IPAddress address)
    {
        using var probe = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
