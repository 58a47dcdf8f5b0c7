namespace Aldis.Protocols.Datagrams;

/// <summary>What a datagram can hold.</summary>
internal static class DatagramLimits
{
    /// <summary>The longest UDP payload over IPv4 in bytes: 65,535 less 20 of IP and 8 of UDP header (RFC 768, RFC 791).</summary>
    public const int MaxPayload = 65_507;
}
