using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Aldis.Transports.Addresses;

/// <summary>
/// IPv6 addresses with a zone (RFC 4007 section 11): <c>fe80::1%eth0</c> names the interface, <c>fe80::1%2</c> its number. In a URI the
/// percent sign may be escaped, <c>fe80::1%25eth0</c> (RFC 6874).
/// </summary>
internal static class ScopedAddress
{
    private const char Separator = '%';
    private const string Escaped = "%25";

    /// <summary>Takes the escape of RFC 6874 out of what stands between the brackets.</summary>
    /// <param name="literal">The address as it was written.</param>
    /// <param name="isUri">Whether a scheme stands before it: then <c>%251</c> is the zone 1 and not the zone 251.</param>
    /// <returns>The address as RFC 4007 writes it.</returns>
    public static string Unescape(string literal, bool isUri)
    {
        int percent = literal.IndexOf(Separator, StringComparison.Ordinal);
        return percent >= 0 && IsEscaped(literal.AsSpan(percent), isUri)
            ? literal[..(percent + 1)] + Uri.UnescapeDataString(literal[(percent + Escaped.Length)..])
            : literal;
    }

    /// <summary>Writes an address for a URI; <see cref="Unescape"/> reads it back.</summary>
    /// <param name="literal">The address as RFC 4007 writes it.</param>
    /// <returns>The address with a plain percent sign where that cannot be mistaken, escaped elsewhere.</returns>
    public static string Escape(string literal)
    {
        int percent = literal.IndexOf(Separator, StringComparison.Ordinal);
        if (percent < 0)
        {
            return literal;
        }

        string zone = Uri.EscapeDataString(literal[(percent + 1)..]);
        return zone.Contains(Separator, StringComparison.Ordinal) || IsEscaped(literal.AsSpan(percent), isUri: true)
            ? literal[..percent] + Escaped + zone
            : literal;
    }

    /// <summary>Reads an IP address that a host is written as.</summary>
    /// <param name="host">The host of an <see cref="EndpointAddress"/>.</param>
    /// <param name="address">The address, where the answer is true.</param>
    /// <returns>False for a host name.</returns>
    /// <exception cref="SocketException"><see cref="SocketError.AddressNotAvailable"/>: there is no interface of that name.</exception>
    public static bool TryParse(string host, out IPAddress? address)
    {
        if (!IPAddress.TryParse(host, out address))
        {
            return false;
        }

        // The parser takes a zone it does not know for none at all.
        string bare = WithoutZone(host);
        return address.ScopeIdOrZero() != 0 || bare.Length == host.Length
            ? true
            : throw new SocketException(
                (int)SocketError.AddressNotAvailable,
                $"this machine has no interface '{host[(bare.Length + 1)..]}', it has {Names(static _ => true)}");
    }

    /// <summary>The address without its zone, which means something on this machine alone.</summary>
    /// <param name="host">A host name or address.</param>
    /// <returns>What a peer may be told.</returns>
    public static string WithoutZone(string host)
    {
        int percent = host.IndexOf(Separator, StringComparison.Ordinal);
        return percent < 0 ? host : host[..percent];
    }

    /// <summary>Says what is missing where a link-local address names no zone.</summary>
    /// <param name="address">An address that could not be used.</param>
    /// <returns>A clause with the interfaces that could be meant; null for an address that lacks nothing.</returns>
    public static string? Hint(IPAddress? address)
    {
        if (address is not { IsIPv6LinkLocal: true, ScopeId: 0 })
        {
            return null;
        }

        string names = Names(static candidate => candidate.NetworkInterfaceType != NetworkInterfaceType.Loopback
            && candidate.OperationalStatus == OperationalStatus.Up
            && candidate.Supports(NetworkInterfaceComponent.IPv6));
        return $"{address} is valid on each link of its own, so the interface must be named, as in [{address}%eth0]; "
            + (names.Length > 0 ? $"it could be {names}" : "this machine has none that is up");
    }

    /// <summary>As <see cref="Hint(IPAddress?)"/>, for a host as it was written.</summary>
    /// <param name="host">A host name or address.</param>
    /// <returns>The clause, or null.</returns>
    public static string? Hint(string host) =>
        WithoutZone(host).Length == host.Length && IPAddress.TryParse(host, out IPAddress? address) ? Hint(address) : null;

    private static bool IsEscaped(ReadOnlySpan<char> zone, bool isUri) =>
        zone.Length > Escaped.Length
        && zone.StartsWith(Escaped, StringComparison.Ordinal)
        && (isUri || !char.IsAsciiDigit(zone[Escaped.Length]));

    private static long ScopeIdOrZero(this IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? address.ScopeId : 0;

    private static string Names(Func<NetworkInterface, bool> isMeant)
    {
        try
        {
            return string.Join(", ", NetworkInterface.GetAllNetworkInterfaces().Where(isMeant).Select(static one => one.Name));
        }
        catch (NetworkInformationException exception)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no list of them ({exception.Message})");
        }
    }
}
