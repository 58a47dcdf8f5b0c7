using Aldis.Protocols.Ping;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Protocols.Tests.Ping;

public sealed class IcmpEchoTests
{
    // What ping of iputils sent to itself with -s 16 -e 4660, as it was on the wire.
    private const string RequestV4 = "0800270c12340001882e0d6b000000001a250f0000000000";
    private const string ReplyV4 = "00002f0c12340001882e0d6b000000001a250f0000000000";
    private const string RequestV6 = "8000a87412340001892e0d6b000000002e68000000000000";
    private const string ReplyV6 = "8100a77412340001892e0d6b000000002e68000000000000";
    private const string LoopbackV6 = "00000000000000000000000000000001";

    [Theory]
    [InlineData(RequestV4, "")]
    [InlineData(RequestV6, LoopbackV6 + LoopbackV6)]
    public void A_request_is_the_one_that_another_ping_sends(string expected, string addresses)
    {
        byte[] packet = Convert.FromHexString(expected);
        packet.AsSpan(0, IcmpEcho.HeaderBytes).Fill(0xAA);
        IcmpEcho.WriteRequest(packet, 0x1234, 1, Convert.FromHexString(addresses));
        Assert.Equal(expected, Convert.ToHexStringLower(packet));
    }

    [Theory]
    [InlineData(ReplyV4, "", false)]
    [InlineData(ReplyV6, LoopbackV6 + LoopbackV6, true)]
    public void A_reply_is_read_and_its_checksum_is_right(string reply, string addresses, bool isIPv6)
    {
        byte[] packet = Convert.FromHexString(reply);
        Assert.True(IcmpEcho.TryRead(packet, out IcmpEcho echo));
        Assert.Equal((IcmpEcho.ReplyType(isIPv6), 0, 0x1234, 1), (echo.Type, echo.Code, echo.Identifier, echo.Sequence));
        Assert.True(IcmpEcho.IsIntact(packet, Convert.FromHexString(addresses)));
    }

    [Theory]
    [InlineData(ReplyV4, "")]
    [InlineData(ReplyV6, LoopbackV6 + LoopbackV6)]
    public void A_flipped_bit_anywhere_is_seen(string reply, string addresses)
    {
        for (int bit = 0; bit < reply.Length * 4; bit++)
        {
            byte[] packet = Convert.FromHexString(reply);
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(IcmpEcho.IsIntact(packet, Convert.FromHexString(addresses)));
        }
    }

    [Fact]
    public void Whatever_comes_is_read_or_refused() => Prop.ForAll<byte[]>(static data =>
    {
        Assert.Equal(data.Length >= IcmpEcho.HeaderBytes, IcmpEcho.TryRead(data, out _));
        if (IPv4Packet.TryRead(data, out ReadOnlySpan<byte> message, out _))
        {
            Assert.True(message.Length <= data.Length - 20);
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("4500002c1efc000040015dd37f0000017f000001" + ReplyV4, ReplyV4, 64)]
    [InlineData("4600002c1efc00000101000000000000000000000102030400", "00", 1)]
    [InlineData("4500002c1efc000040015dd37f0000017f0000", null, 0)]
    [InlineData("4400002c1efc000040015dd37f0000017f00000100", null, 0)]
    [InlineData("4f00002c1efc000040015dd37f0000017f00000100", null, 0)]
    [InlineData("6500002c1efc000040015dd37f0000017f00000100", null, 0)]
    public void A_packet_is_taken_apart_by_the_length_of_its_header(string packet, string? message, int timeToLive)
    {
        Assert.Equal(message is not null, IPv4Packet.TryRead(Convert.FromHexString(packet), out ReadOnlySpan<byte> found, out byte left));
        Assert.Equal((message ?? "", timeToLive), (Convert.ToHexStringLower(found), left));
    }

    [Theory]
    [InlineData(false, 3, 1, "Destination Host Unreachable")]
    [InlineData(false, 11, 0, "Time to live exceeded")]
    [InlineData(false, 99, 7, "ICMP type 99, code 7")]
    [InlineData(true, 1, 4, "Destination unreachable: Port unreachable")]
    [InlineData(true, 3, 0, "Time exceeded: Hop limit")]
    [InlineData(true, 250, 1, "ICMPv6 type 250, code 1")]
    public void An_error_has_the_words_that_every_ping_has(bool isIPv6, byte type, byte code, string words) =>
        Assert.Equal(words, IcmpReason.Describe(isIPv6, type, code));
}
