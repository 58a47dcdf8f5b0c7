using Aldis.Protocols.Ping;

namespace Aldis.Protocols.Tests.Ping;

/// <summary>What errors of ICMP say.</summary>
public sealed class IcmpReasonTests
{
    [Theory]
    [InlineData(3, 0, "Destination Net Unreachable")]
    [InlineData(3, 1, "Destination Host Unreachable")]
    [InlineData(3, 2, "Destination Protocol Unreachable")]
    [InlineData(3, 3, "Destination Port Unreachable")]
    [InlineData(3, 4, "Frag needed")]
    [InlineData(3, 5, "Source Route Failed")]
    [InlineData(3, 6, "Destination Net Unknown")]
    [InlineData(3, 7, "Destination Host Unknown")]
    [InlineData(3, 8, "Source Host Isolated")]
    [InlineData(3, 9, "Destination Net Prohibited")]
    [InlineData(3, 10, "Destination Host Prohibited")]
    [InlineData(3, 11, "Destination Net Unreachable for Type of Service")]
    [InlineData(3, 12, "Destination Host Unreachable for Type of Service")]
    [InlineData(3, 13, "Packet filtered")]
    [InlineData(3, 14, "Precedence Violation")]
    [InlineData(3, 15, "Precedence Cutoff")]
    [InlineData(3, 16, "ICMP type 3, code 16")]
    [InlineData(11, 0, "Time to live exceeded")]
    [InlineData(11, 1, "Frag reassembly time exceeded")]
    [InlineData(12, 7, "Parameter problem")]
    [InlineData(255, 255, "ICMP type 255, code 255")]
    public void An_error_of_ICMP_says_what_RFC_792_and_RFC_1812_call_it(byte type, byte code, string words) =>
        Assert.Equal(words, IcmpReason.Describe(isIPv6: false, type, code));

    [Theory]
    [InlineData(1, 0, "Destination unreachable: No route")]
    [InlineData(1, 1, "Destination unreachable: Administratively prohibited")]
    [InlineData(1, 2, "Destination unreachable: Beyond scope of source address")]
    [InlineData(1, 3, "Destination unreachable: Address unreachable")]
    [InlineData(1, 4, "Destination unreachable: Port unreachable")]
    [InlineData(1, 5, "Destination unreachable: Source address failed ingress/egress policy")]
    [InlineData(1, 6, "Destination unreachable: Reject route to destination")]
    [InlineData(2, 0, "Packet too big")]
    [InlineData(3, 0, "Time exceeded: Hop limit")]
    [InlineData(3, 1, "Time exceeded: Defragmentation failure")]
    [InlineData(4, 2, "Parameter problem")]
    [InlineData(1, 7, "ICMPv6 type 1, code 7")]
    public void An_error_of_ICMPv6_says_what_RFC_4443_calls_it(byte type, byte code, string words) =>
        Assert.Equal(words, IcmpReason.Describe(isIPv6: true, type, code));
}
