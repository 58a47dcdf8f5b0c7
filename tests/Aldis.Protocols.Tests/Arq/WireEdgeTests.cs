using System.Buffers.Binary;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>The last values that are taken off the wire, and the first that are not.</summary>
public sealed class WireEdgeTests
{
    private const int FlagsAt = 1;

    // RFC 9000 appendix A.1 gives the first four.
    [Theory]
    [InlineData(151_288_809_941_952_652, "C2197C5EFF14E88C")]
    [InlineData(494_878_333, "9D7F3E7D")]
    [InlineData(15_293, "7BBD")]
    [InlineData(37, "25")]
    [InlineData(0, "00")]
    [InlineData((1 << 6) - 1, "3F")]
    [InlineData(1 << 6, "4040")]
    [InlineData((1 << 14) - 1, "7FFF")]
    [InlineData(1 << 14, "80004000")]
    [InlineData((1 << 30) - 1, "BFFFFFFF")]
    [InlineData(1 << 30, "C000000040000000")]
    [InlineData((1L << 62) - 1, "FFFFFFFFFFFFFFFF")]
    public void An_integer_has_its_shortest_form_and_no_less_than_all_of_it_is_read(long value, string form)
    {
        byte[] bytes = new byte[VariableInteger.MaxLength];

        int length = VariableInteger.Write(bytes, value);

        Assert.Equal(form, Convert.ToHexString(bytes, 0, length));
        Assert.Equal(length, VariableInteger.Read(bytes, out long read));
        Assert.Equal(value, read);
        for (int part = 0; part < length; part++)
        {
            Assert.Equal(0, VariableInteger.Read(bytes.AsSpan(0, part), out _));
        }
    }

    [Fact]
    public void A_longer_form_says_the_same()
    {
        Assert.Equal(2, VariableInteger.Read([0x40, 0x25], out long value));
        Assert.Equal(37, value);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("00", true)]
    public void An_ACK_has_a_run_at_least(string ranges, bool isTaken) =>
        Assert.Equal(isTaken, AckPacket.TryParse(Ack(0, 0, 0, ranges), out _));

    [Theory]
    [InlineData(0, 0, 0, true)]
    [InlineData(256, 0, 0, true)]
    [InlineData(257, 0, 0, false)]
    [InlineData(0, (1UL << 62) - 1, 0, true)]
    [InlineData(0, 1UL << 62, 0, false)]
    [InlineData(0, 0, (1UL << 62) - 1, true)]
    [InlineData(0, 0, 1UL << 62, false)]
    public void An_ACK_names_no_more_runs_and_no_higher_numbers_than_there_are(
        int runs, ulong cumulative, ulong largest, bool isTaken)
    {
        Assert.Equal(isTaken, AckPacket.TryParse(Ack(runs, cumulative, largest, "00"), out AckPacket ack));
        if (isTaken)
        {
            Assert.Equal(runs, ack.RangeCount);
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(PacketLayout.AckGap, true)]
    [InlineData(PacketLayout.AckDuplicate, false)]
    public void An_ACK_shows_a_gap_where_its_flag_says_so(byte flags, bool shows)
    {
        byte[] packet = Ack(0, 0, 0, "00");
        packet[FlagsAt] = flags;

        Assert.True(AckPacket.TryParse(packet, out AckPacket ack));

        Assert.Equal(shows, ack.ShowsGap);
    }

    // The largest number is 5; a run is how many more follow its last number downwards, a gap how many more than one are missing.
    [Theory]
    [InlineData(0, "05", "0-5")]
    [InlineData(0, "06", "malformed")]
    [InlineData(0, "40", "malformed")]
    [InlineData(1, "000300", "5-5 0-0")]
    [InlineData(1, "000301", "5-5 malformed")]
    [InlineData(1, "000400", "5-5 malformed")]
    [InlineData(1, "000003", "5-5 0-3")]
    [InlineData(1, "00", "5-5 malformed")]
    [InlineData(1, "0000", "5-5 malformed")]
    [InlineData(1, "0500", "0-5 malformed")]
    public void Runs_of_an_ACK_end_where_the_numbers_do(int runs, string ranges, string expected)
    {
        Assert.True(AckPacket.TryParse(Ack(runs, 0, 5, ranges), out AckPacket ack));
        var reader = new AckRangeReader(ack);
        List<string> read = [];
        while (reader.TryRead(out long first, out long last))
        {
            read.Add($"{first}-{last}");
        }

        if (reader.IsMalformed)
        {
            read.Add("malformed");
            Assert.False(reader.TryRead(out _, out _));
        }

        Assert.Equal(expected, string.Join(' ', read));
    }

    [Theory]
    [InlineData(0, 0, 1, true)]
    [InlineData(0, 0, 0, false)]
    [InlineData(PacketLayout.DataFin, 0, 0, true)]
    [InlineData(PacketLayout.DataFin, 1L << 62, 0, false)]
    [InlineData(0, (1L << 62) - 1, 1, true)]
    [InlineData(0, 1L << 62, 1, false)]
    public void A_DATA_packet_has_a_payload_or_ends_the_stream_at_an_offset_that_there_is(byte flags, long offset, int payload, bool isTaken)
    {
        byte[] packet = new byte[PacketLayout.DataHeaderLength + payload];
        DataPacket.WriteHeader(packet, flags, 0, 0, offset);

        Assert.Equal(isTaken, DataPacket.TryParse(packet, out DataPacket parsed));

        Assert.False(isTaken && parsed.AsksForAck);
        Assert.False(DataPacket.TryParse(packet.AsSpan(0, PacketLayout.DataHeaderLength - 1), out _));
    }

    private static byte[] Ack(int runs, ulong cumulative, ulong largest, string ranges)
    {
        byte[] packet = [.. new byte[PacketLayout.AckFixedLength], .. Convert.FromHexString(ranges)];
        BinaryPrimitives.WriteUInt64LittleEndian(packet.AsSpan(PacketLayout.AckCumulative), cumulative);
        BinaryPrimitives.WriteUInt64LittleEndian(packet.AsSpan(PacketLayout.AckLargest), largest);
        BinaryPrimitives.WriteUInt16LittleEndian(packet.AsSpan(PacketLayout.AckRangeCount), (ushort)runs);
        return packet;
    }
}
