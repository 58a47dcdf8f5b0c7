using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Tls;

/// <summary>What both sides of TLS agree on.</summary>
internal static class TlsVersions
{
    /// <summary>TLS 1.2 and 1.3; what is older is not safe (RFC 8996), whatever the system would allow.</summary>
#pragma warning disable CA5398 // The system decides among these; it must not fall below them.
    public static SslProtocols Allowed { get; } = SslProtocols.Tls12 | SslProtocols.Tls13;
#pragma warning restore CA5398

    /// <summary>The versions that an address allows.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="FormatException">It asks for another; the message is one sentence.</exception>
    public static SslProtocols Of(EndpointAddress address) => address.Options.GetValueOrDefault(AddressOptions.MinVersion) switch
    {
        null or "1.2" => Allowed,
#pragma warning disable CA5398 // Asked for by name, and above what the system may allow.
        "1.3" => SslProtocols.Tls13,
#pragma warning restore CA5398
        var other => throw new FormatException(
            $"'{address}' asks for TLS {other} at least: {AddressOptions.MinVersion} is 1.2 or 1.3, and what is older is not safe (RFC 8996)."),
    };

    /// <summary>Trusts some authorities and no others.</summary>
    /// <param name="authorities">They.</param>
    public static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
