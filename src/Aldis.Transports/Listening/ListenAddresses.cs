using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Arq;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Packets;

namespace Aldis.Transports.Listening;

/// <summary>
/// Turns an address into the end points to bind. <c>localhost</c> means both loopback addresses, because clients may try
/// <c>::1</c> first; <c>any</c> means every address of the machine, on both families.
/// </summary>
public static class ListenAddresses
{
    /// <summary>Resolves an address to what a listener can bind.</summary>
    /// <param name="address">An address with host and port, or a Unix path.</param>
    /// <param name="otherOptions">Names of options of the address that are not the transport's, but those of the conversation that is served
    /// there.</param>
    /// <returns>
    /// One end point or more, <see cref="ArqEndPoint"/>s for <c>arq</c>. With port 0 only the first is returned: two families could not
    /// be given the same port.
    /// </returns>
    /// <exception cref="CommunicationException">The host name is not known.</exception>
    /// <exception cref="FormatException">An option of the address is unknown, or its value is not allowed; the message is one sentence.</exception>
    public static IReadOnlyList<EndPoint> Resolve(EndpointAddress address, params ReadOnlySpan<string> otherOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        ConnectionOptions? granted = null;
        if (address.UsesArq)
        {
            granted = ArqAddressOptions.ForListener(address, otherOptions);
        }
        else
        {
            string[] own = address.UsesTls ? AddressOptions.TlsListener : address.IsUnix ? [UnixSocketMode.Name] : [];
            AddressOptions.RefuseUnknown(address, [.. own, .. otherOptions]);
        }

        if (address.IsUnix)
        {
            UnixFileMode? mode = UnixSocketMode.Of(address);
            return [address.Scheme == TransportScheme.Unix && mode is null ? address.ToUnixEndPoint() : address.ToTypedEndPoint(mode)];
        }

        int port = address.Port ?? throw new ArgumentException($"{address} names no port.", nameof(address));
        IEnumerable<IPAddress> addresses = address.Host switch
        {
            "localhost" => CanBindIPv6Loopback() ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback],
            "any" or "*" => Socket.OSSupportsIPv6 ? [IPAddress.IPv6Any] : [IPAddress.Any],
            _ => LookUp(address),
        };
        EndPoint[] endPoints = [.. addresses.Select(ip => MakeEndPoint(new IPEndPoint(ip, port), granted))];
        return port == 0 ? endPoints[..1] : endPoints;
    }

    /// <summary>What a person or a client calls a bound end point.</summary>
    /// <param name="endPoint">A bound end point.</param>
    /// <returns>The UDP address of an <see cref="ArqEndPoint"/>, the path of a <see cref="UnixSocketEndPoint"/>; any other as it
    /// is.</returns>
    internal static EndPoint NetworkEndPoint(EndPoint endPoint) => endPoint switch
    {
        ArqEndPoint arq => arq.Udp,
        UnixSocketEndPoint unix => unix.Path,
        _ => endPoint,
    };

    /// <summary>Whether others than this machine can reach an end point.</summary>
    /// <param name="endPoint">A bound or resolved end point.</param>
    /// <returns>False for loopback addresses and Unix sockets.</returns>
    internal static bool IsOpenToOthers(EndPoint endPoint) => NetworkEndPoint(endPoint) is IPEndPoint ip && !IPAddress.IsLoopback(ip.Address);

    private static EndPoint MakeEndPoint(IPEndPoint address, ConnectionOptions? granted) =>
        granted is null ? address : new ArqEndPoint(address, granted);

    private static IPAddress[] LookUp(EndpointAddress address)
    {
        try
        {
            return ScopedAddress.TryParse(address.Host, out IPAddress? literal)
                ? [literal!]
                : [.. Dns.GetHostAddresses(address.Host).Distinct()];
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            throw new CommunicationException(
                CommunicationFailure.Network, $"cannot listen on {address}: {exception.Message}.", exception);
        }
        catch (SocketException exception)
        {
            throw new CommunicationException(
                CommunicationFailure.Network,
                $"cannot listen on {address}: {address.Host} is not a known host name or address of this machine.",
                exception);
        }
    }

    private static bool CanBindIPv6Loopback()
    {
        if (!Socket.OSSupportsIPv6)
        {
            return false;
        }

        try
        {
            using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            probe.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
