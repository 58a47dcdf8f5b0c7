using System.Text;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Arq.Receiving;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Integrity;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Protocols.Tests.Arq;

public sealed class PacketCodecTests
{
    private const ulong Key = 0x0123456789ABCDEF;

    [Fact]
    public void The_checksum_is_CRC_32C()
        => Assert.Equal(0xE3069283u, ~Crc32C.Append(uint.MaxValue, "123456789"u8));

    [Fact]
    public void The_checksum_agrees_with_the_vectors_of_RFC_3720()
    {
        Assert.Equal(0x8A9136AAu, ~Crc32C.Append(uint.MaxValue, new byte[32]));
        Assert.Equal(0x62A8AB43u, ~Crc32C.Append(uint.MaxValue, Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, ~Crc32C.Append(uint.MaxValue, Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0x113FDB5Cu, ~Crc32C.Append(uint.MaxValue, Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray()));
    }

    [Fact]
    public void A_DATA_packet_has_the_bytes_of_the_specification()
    {
        byte[] packet = new byte[33];
        DataPacket.WriteHeader(packet, PacketLayout.DataFin | PacketLayout.DataAckNow, 0x1122334455667788, 7, 4096);
        Encoding.ASCII.GetBytes("hello").CopyTo(packet, PacketLayout.DataHeaderLength);
        PacketLayout.Seal(packet, unchecked((uint)Key));

        Assert.Equal("11032100A6161E1D8877665544332211070000000010000000000000" + "68656C6C6F", Convert.ToHexString(packet));
        Assert.True(DataPacket.TryParse(packet, out DataPacket parsed));
        Assert.True(parsed.IsFin && parsed.AsksForAck);
        Assert.Equal(7u, parsed.PacketNumberLow);
        Assert.Equal(4096, parsed.Offset);
        Assert.Equal("hello"u8, parsed.Payload);
    }

    [Fact]
    public void An_ACK_packet_has_the_bytes_of_the_specification()
    {
        byte[] expected = Convert.FromHexString(
            "12203700A848E9E111223344556677880300000019000000061000000000000000000100000000000700000000000000" + "0100000002" + "0003");
        Assert.True(PacketLayout.HasValidChecksum(expected, unchecked((uint)Key)));
        Assert.True(AckPacket.TryParse(expected, out AckPacket ack));
        Assert.Equal((3u, 25_000L, 4102L, 65_536L, 7L), (ack.Serial, ack.DelayNs, ack.Cumulative, ack.Limit, ack.Largest));
        var reader = new AckRangeReader(ack);
        Assert.True(reader.TryRead(out long first, out long last));
        Assert.Equal((5, 7), (first, last));
        Assert.True(reader.TryRead(out first, out last));
        Assert.Equal((0, 3), (first, last));
        Assert.False(reader.TryRead(out _, out _));
        Assert.False(reader.IsMalformed);
    }

    [Fact]
    public void An_acknowledgement_is_written_as_the_specification_shows_it()
    {
        var stream = new ReceiveStream(new ChunkPool(0), 65_536, 65_536, keepsOutOfOrder: true);
        stream.Receive(0, new byte[4101], isFin: true);
        var acks = new AckState(acknowledgesEach: false, ackEvery: 2, maxDelayNs: 1_000_000, openedNs: 0);
        foreach (int number in new[] { 0, 1, 2, 3, 5, 6, 7 })
        {
            acks.OnPacket(number, 1_000_000);
        }

        byte[] packet = new byte[100];
        acks.Write(packet, 0x8877665544332211, unchecked((uint)Key), stream, 1_000_000, out _);
        acks.Write(packet, 0x8877665544332211, unchecked((uint)Key), stream, 1_000_000, out _);
        int length = acks.Write(packet, 0x8877665544332211, unchecked((uint)Key), stream, 1_025_000, out _);
        Assert.Equal(
            "12203700A848E9E1112233445566778803000000190000000610000000000000" + "00000100000000000700000000000000" + "01000000020003",
            Convert.ToHexString(packet.AsSpan(0, length)));
    }

    [Fact]
    public void A_packet_fails_its_checksum_under_another_key()
    {
        byte[] packet = new byte[33];
        DataPacket.WriteHeader(packet, 0, 1, 1, 0);
        PacketLayout.Seal(packet, 1);
        Assert.True(PacketLayout.HasValidChecksum(packet, 1));
        Assert.False(PacketLayout.HasValidChecksum(packet, 2));
    }

    [Fact]
    public void Every_flipped_bit_is_noticed()
    {
        byte[] packet = new byte[60];
        DataPacket.WriteHeader(packet, 0, 99, 5, 10);
        PacketLayout.Seal(packet, 7);
        for (int bit = 0; bit < packet.Length * 8; bit++)
        {
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(PacketLayout.HasValidChecksum(packet, 7));
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Integers_of_variable_length_survive_the_way_there_and_back()
        => Prop.ForAll(
            ArbMap.Default.ArbFor<ulong>(),
            value =>
            {
                long number = (long)(value >> 2 >> (int)(value & 63));
                Span<byte> room = stackalloc byte[VariableInteger.MaxLength];
                int length = VariableInteger.Write(room, number);
                return VariableInteger.Read(room[..length], out long read) == length && read == number
                    && VariableInteger.Read(room[..(length - 1)], out _) == 0;
            }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0x40, 0x25, 37)]
    [InlineData(0x7B, 0xBD, 15_293)]
    public void Integers_of_two_bytes_are_those_of_RFC_9000(byte high, byte low, long value)
    {
        Assert.Equal(2, VariableInteger.Read([high, low], out long read));
        Assert.Equal(value, read);
    }

    [Fact]
    public void Ranges_that_reach_below_zero_are_malformed()
    {
        byte[] packet = new byte[60];
        PacketLayout.WriteUInt64(packet, PacketLayout.AckLargest, 3);
        packet[PacketLayout.AckRangeCount] = 1;
        packet[PacketLayout.AckFixedLength] = 1;
        packet[PacketLayout.AckFixedLength + 1] = 5;
        Assert.True(AckPacket.TryParse(packet, out AckPacket ack));
        var reader = new AckRangeReader(ack);
        Assert.True(reader.TryRead(out _, out _));
        Assert.False(reader.TryRead(out _, out _));
        Assert.True(reader.IsMalformed);
    }

    [Theory]
    [InlineData(0, 1u, 1)]
    [InlineData(0xFFFF_FFFF, 0u, 0x1_0000_0000)]
    [InlineData(0x1_0000_0005, 0xFFFF_FFFFu, 0xFFFF_FFFF)]
    [InlineData(0x1_0000_0005, 3u, 0x1_0000_0003)]
    public void The_low_half_of_a_packet_number_is_completed_to_the_nearest(long largest, uint low, long expected)
    {
        var acks = new AckState(acknowledgesEach: true, ackEvery: 1, maxDelayNs: 0, openedNs: 0);
        acks.OnPacket(largest, 0);
        Assert.Equal(expected, acks.Reconstruct(low));
    }

    [Fact]
    public void Parameters_survive_the_way_there_and_back()
    {
        Parameters asked = Parameters.From(
            ConnectionOptions.GoBackN(700, 9) with { IdleTimeoutNs = 5_000_000_000, PeerCongestion = CongestionProfile.Lossy });
        byte[] bytes = new byte[PacketLayout.ParametersLength];
        asked.Write(bytes);
        Assert.True(Parameters.TryRead(bytes, out Parameters read));
        Assert.Equal(asked, read);
    }

    [Fact]
    public void The_smaller_of_both_sides_wishes_is_granted()
    {
        var client = new ConnectionOptions
        {
            MaxDatagramSize = 9_000,
            InitialWindowBytes = 1 << 20,
            WindowFrames = 10,
            MaxAckDelayNs = 4_000_000
        };
        var server = new ConnectionOptions
        {
            MaxDatagramSize = 1_472,
            InitialWindowBytes = 1 << 18,
            WindowFrames = 20,
            MaxAckDelayNs = 9_000_000
        };
        Assert.True(Parameters.TryGrant(Parameters.From(client), server, clientChoosesProfile: true, out Parameters granted));
        Assert.Equal((1_472, 1L << 18, 10, 400),
            (granted.MaxDatagramSize, granted.InitialLimit, granted.WindowFrames, granted.MaxAckDelayTensOfUs));
        Assert.True(granted.IsWithin(Parameters.From(client)));
    }
}
