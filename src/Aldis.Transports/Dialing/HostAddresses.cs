using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Dialing;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Dialing;

/// <summary>Finds the addresses that a host is reached at.</summary>
internal static class HostAddresses
{
    /// <summary>Looks a host up.</summary>
    /// <param name="address">An address with host and port.</param>
    /// <param name="options">Who knows the names.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>At least one address, in the order in which to try them.</returns>
    /// <exception cref="SocketException">The name is not known, or an interface is not.</exception>
    public static async Task<IReadOnlyList<IPEndPoint>> FindAsync(
        EndpointAddress address, DialOptions options, CancellationToken cancellationToken)
    {
        int port = address.Port ?? throw new ArgumentException($"{address} names no port.", nameof(address));
        IPAddress[] found = ScopedAddress.TryParse(address.Host, out IPAddress? literal)
            ? [literal!]
            : await options.Resolve(address.Host, cancellationToken).ConfigureAwait(false);
        return found.Length == 0
            ? throw new SocketException((int)SocketError.HostNotFound)
            : AddressOrder.Interleave(found.Select(one => new IPEndPoint(one, port)), static one => one.AddressFamily);
    }
}
