using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>What becomes of a connection whose peer writes what nobody may write. With a right checksum it is no damage, so the peer is
/// told; silence would leave both waiting for the idle limit.</summary>
public sealed class ViolationTests
{
    private const long Ms = Pair.Ms;
    private const ulong EndOfNumbers = 1UL << 62;

    [Fact]
    public void Every_impossible_acknowledgement_ends_the_connection_and_the_peer_is_told()
    {
        AssertBreaks("no first run", to => Ack(to, packet => packet[..PacketLayout.AckFixedLength]));
        AssertBreaks("a cumulative offset of 2^62", to => Ack(to, packet => Set(packet, PacketLayout.AckCumulative, EndOfNumbers)));
        AssertBreaks("a cumulative offset of 2^64 - 1", to => Ack(to, packet => Set(packet, PacketLayout.AckCumulative, ulong.MaxValue)));
        AssertBreaks("a packet number of 2^62", to => Ack(to, packet => Set(packet, PacketLayout.AckLargest, EndOfNumbers)));
        AssertBreaks("257 ranges", to => Forge.Ack(to, 9, 0, 1 << 20, 0, new byte[2 * (PacketLayout.MaxAckRanges + 1)]));
        AssertBreaks("an integer cut short", to => Forge.Ack(to, 9, 0, 1 << 20, 0, 0xC0));
        AssertBreaks("fewer ranges than it says", to => Ack(to, packet =>
        {
            packet[PacketLayout.AckRangeCount] = 1;
            return packet;
        }));
        AssertBreaks("a run that reaches below 0", to => Forge.Ack(to, 9, 0, 1 << 20, 0, 5));
    }

    [Fact]
    public void Every_other_packet_nobody_may_write_ends_the_connection_too()
    {
        AssertBreaks("DATA without payload and end", to => Forge.Data(to, 1, 0, 0));
        AssertBreaks("DATA at 2^62", to => Forge.Data(to, 1, (long)EndOfNumbers, 1));
        AssertBreaks("DATA without an offset", to => Forge.Data(to, 1, 0, 1)[..(PacketLayout.DataHeaderLength - 1)]);
        AssertBreaks("DATA with the number of the opening", to => Forge.Data(to, 0, 0, 1));
        AssertBreaks("a PROBE with the number of the opening", to => new byte[PacketLayout.ProbeLength], PacketType.Probe);
        AssertBreaks("a PROBE that is too short", to => new byte[PacketLayout.ProbeLength - 1], PacketType.Probe);
    }

    [Fact]
    public void A_packet_nobody_may_write_changes_nothing_where_its_checksum_is_of_another_key()
    {
        Pair pair = Opened();
        byte[] ack = Ack(pair.Caller, packet => Set(packet, PacketLayout.AckCumulative, ulong.MaxValue));
        PacketLayout.Seal(ack, pair.Caller.Seed + 1);
        pair.Inject(toServer: false, ack);
        pair.RunFor(20 * Ms);
        Assert.Equal(ConnectionState.Open, pair.Caller.State);
    }

    [Theory]
    [InlineData(EndOfNumbers)]
    [InlineData(ulong.MaxValue)]
    public void Credit_beyond_what_a_stream_can_have_is_no_limit(ulong credit)
    {
        Pair pair = Opened();
        byte[] ack = Ack(pair.Caller, packet => Set(packet, PacketLayout.AckLimit, credit));
        PacketLayout.Seal(ack, pair.Caller.Seed);
        pair.Inject(toServer: false, ack);
        pair.RunFor(1 * Ms);
        Assert.Equal(ConnectionState.Open, pair.Caller.State);
        Assert.Equal((long)EndOfNumbers, pair.Caller.Stream.Limit);
    }

    private static void AssertBreaks(string what, Func<ArqConnection, byte[]> make, PacketType type = PacketType.None)
    {
        Pair pair = Opened();
        byte[] packet = make(pair.Caller);
        PacketLayout.WriteHeader(packet, type == PacketType.None ? PacketLayout.TypeOf(packet) : type, 0, pair.Caller.Id);
        PacketLayout.Seal(packet, pair.Caller.Seed);
        pair.Inject(toServer: false, packet);
        pair.RunFor(20 * Ms);
        Assert.True(pair.Caller.CloseCode == ArqCloseCode.Protocol, what);
        Assert.Equal(TraceCause.ProtocolViolation, pair.Caller.CloseCause);
        Assert.Equal((ArqCloseCode.Protocol, TraceCause.Reset), (pair.Callee!.CloseCode, pair.Callee.CloseCause));
    }

    private static byte[] Ack(ArqConnection to, Func<byte[], byte[]> spoil) => spoil(Forge.Ack(to, 9, 0, 1 << 20, 0));

    private static byte[] Set(byte[] packet, int at, ulong value)
    {
        PacketLayout.WriteUInt64(packet, at, value);
        return packet;
    }

    private static Pair Opened()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.RunUntil(() => pair.Callee is not null && pair.Caller.State == ConnectionState.Open);
        pair.RunFor(20 * Ms);
        return pair;
    }
}
