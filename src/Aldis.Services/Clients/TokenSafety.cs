using System.Net;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Clients;

/// <summary>Where a client may show its token, and what it says where that was in vain.</summary>
internal static class TokenSafety
{
    /// <summary>Whether nobody on the way to an address can read a token: TLS hides it, or it stays on this machine.</summary>
    /// <param name="address">The address, with its host. A name is this machine's where it is <c>localhost</c> (RFC 6761 section 6.3).</param>
    public static bool IsHidden(EndpointAddress address) =>
        address.UsesTls
        || address.IsUnix
        || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host, out IPAddress? ip) && IPAddress.IsLoopback(ip));

    /// <summary>Says why a token is not sent to an address.</summary>
    /// <param name="address">The address.</param>
    public static string WhyNot(EndpointAddress address) =>
        $"a token is not sent to {address} in clear, where whoever listens learns it: use tls:// or arq+tls://.";

    /// <summary>Refuses to connect where the token would go in clear.</summary>
    /// <param name="address">The address, with its host.</param>
    /// <param name="options">The client's.</param>
    /// <exception cref="CommunicationException">It would.</exception>
    public static void Ensure(EndpointAddress address, ClientOptions options)
    {
        if (options.Token.Length > 0 && !options.AllowsTokenInClear && !IsHidden(address))
        {
            throw new CommunicationException(CommunicationFailure.Authentication, WhyNot(address));
        }
    }

    /// <summary>Says that a server did not take the token.</summary>
    /// <param name="address">The server.</param>
    public static string Refused(EndpointAddress address) =>
        $"{address} wants a token, and was shown none, or one that is wrong, expired, or not for this client id or conversation (error=token).";
}
