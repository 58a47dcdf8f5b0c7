namespace Aldis.Protocols.Ping;

/// <summary>
/// What an error of ICMP (RFC 792, RFC 1812 section 5.2.7) or ICMPv6 (RFC 4443 section 3) says, in the words that every ping has.
/// </summary>
internal static class IcmpReason
{
    /// <summary>The words for an error.</summary>
    /// <param name="isIPv6">Whether it is one of ICMPv6.</param>
    /// <param name="type">Its type; any number, it comes from outside.</param>
    /// <param name="code">Its code.</param>
    /// <returns>What it says; type and code as numbers where nobody named them.</returns>
    public static string Describe(bool isIPv6, byte type, byte code) => isIPv6
        ? DescribeIPv6(type, code) ?? $"ICMPv6 type {type}, code {code}"
        : DescribeIPv4(type, code) ?? $"ICMP type {type}, code {code}";

    private static string? DescribeIPv4(byte type, byte code) => (type, code) switch
    {
        (3, 0) => "Destination Net Unreachable",
        (3, 1) => "Destination Host Unreachable",
        (3, 2) => "Destination Protocol Unreachable",
        (3, 3) => "Destination Port Unreachable",
        (3, 4) => "Frag needed",
        (3, 5) => "Source Route Failed",
        (3, 6) => "Destination Net Unknown",
        (3, 7) => "Destination Host Unknown",
        (3, 8) => "Source Host Isolated",
        (3, 9) => "Destination Net Prohibited",
        (3, 10) => "Destination Host Prohibited",
        (3, 11) => "Destination Net Unreachable for Type of Service",
        (3, 12) => "Destination Host Unreachable for Type of Service",
        (3, 13) => "Packet filtered",
        (3, 14) => "Precedence Violation",
        (3, 15) => "Precedence Cutoff",
        (11, 0) => "Time to live exceeded",
        (11, 1) => "Frag reassembly time exceeded",
        (12, _) => "Parameter problem",
        _ => null,
    };

    private static string? DescribeIPv6(byte type, byte code) => (type, code) switch
    {
        (1, 0) => "Destination unreachable: No route",
        (1, 1) => "Destination unreachable: Administratively prohibited",
        (1, 2) => "Destination unreachable: Beyond scope of source address",
        (1, 3) => "Destination unreachable: Address unreachable",
        (1, 4) => "Destination unreachable: Port unreachable",
        (1, 5) => "Destination unreachable: Source address failed ingress/egress policy",
        (1, 6) => "Destination unreachable: Reject route to destination",
        (2, _) => "Packet too big",
        (3, 0) => "Time exceeded: Hop limit",
        (3, 1) => "Time exceeded: Defragmentation failure",
        (4, _) => "Parameter problem",
        _ => null,
    };
}
