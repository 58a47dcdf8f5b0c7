using System.Net;
using System.Net.Sockets;
using Aldis.Services.Echo;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;

namespace Aldis.Cli.Verbs.Ping;

/// <summary>Whom a ping asks: a host by ICMP, or a place by what its address names.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Address">Where it is; a host alone has a port that counts for nothing.</param>
/// <param name="IsHost">Whether it is asked by ICMP.</param>
internal sealed record PingTarget(string Text, EndpointAddress Address, bool IsHost)
{
    /// <summary>Reads what was given: a host alone, in any form an address has, or an address with a scheme or a port.</summary>
    /// <param name="text">The argument.</param>
    /// <exception cref="FormatException">It is neither, or an option of it is wrong.</exception>
    /// <exception cref="UsageException">It names no port, and needs one.</exception>
    public static PingTarget Parse(string text)
    {
        bool isLiteral = text.Count(static one => one == ':') > 1 && text[0] != '[' && !text.Contains("://", StringComparison.Ordinal)
            && !text.StartsWith("unix", StringComparison.OrdinalIgnoreCase);
        var address = EndpointAddress.Parse(isLiteral ? $"[{text}]" : text);
        bool isHost = !address.HasScheme && address.Port is null;
        if (!isHost && address.Port is null && !address.IsUnix && address.Scheme != TransportScheme.Udp)
        {
            throw new UsageException($"'{text}' names no port: write {address}:PORT, or {address.Host} alone for ICMP.");
        }

        address = address.WithDefaults("localhost", EchoConversation.DefaultPort);
        if (address.Port == 0)
        {
            throw new UsageException($"'{text}' names port 0, which no server has; only a listener may ask for it.");
        }

        Dialer.CheckOptions(address);
        return new PingTarget(text, address, isHost);
    }

    /// <summary>Finds the IP addresses of the host.</summary>
    /// <param name="family">The only family that is wanted; null for either.</param>
    /// <param name="timeout">How long that may take.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>At least one, best first.</returns>
    /// <exception cref="CommunicationException">There is none.</exception>
    public async Task<IPAddress[]> FindAsync(AddressFamily? family, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<IPEndPoint> found = await HostAddresses.FindAsync(Address, DialOptions.Default, cancellationToken)
                .WaitAsync(timeout, cancellationToken);
            IPAddress[] wanted =
            [
                .. found.Select(static one => one.Address.IsIPv4MappedToIPv6 ? one.Address.MapToIPv4() : one.Address)
                    .Where(one => family is null || one.AddressFamily == family),
            ];
            return wanted.Length > 0 ? wanted : throw new CommunicationException(
                CommunicationFailure.Network,
                $"{Address.Host} has no {(family == AddressFamily.InterNetwork ? "IPv4" : "IPv6")} address.");
        }
        catch (SocketException exception)
        {
            throw new CommunicationException(CommunicationFailure.Network, DialFailure.Describe(Address, exception), exception);
        }
        catch (TimeoutException exception)
        {
            throw new CommunicationException(
                CommunicationFailure.Timeout, $"{Address.Host} could not be looked up within {timeout.TotalSeconds:0.###} s.", exception);
        }
    }
}
