using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Receiving;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Tests.Arq;

public sealed class AckStateTests
{
    private readonly ReceiveStream _stream = new(new ChunkPool(0), 1 << 16, 1 << 16, keepsOutOfOrder: true);
    private readonly byte[] _packet = new byte[1_472];

    [Fact]
    public void Selective_repeat_waits_with_one_packet_but_not_with_two()
    {
        AckState acks = Repeat();
        Take(acks, 1);
        Assert.False(acks.IsDue);
        Assert.Equal(1_000_100, acks.DeadlineNs);
        Take(acks, 2);
        Assert.True(acks.IsDue);
    }

    [Fact]
    public void A_packet_held_back_is_acknowledged_when_its_time_is_over()
    {
        AckState acks = Repeat();
        Take(acks, 1);
        acks.OnDeadline();
        Assert.True(acks.IsDue);
        Assert.Equal([(1L, 1L)], Write(acks));
        Assert.False(acks.IsDue);
        Assert.Equal(TimerTable.Never, acks.DeadlineNs);
    }

    [Fact]
    public void Trouble_is_reported_at_once()
    {
        AckState acks = Repeat();
        acks.OnPacket(1, 100);
        acks.Ask(1, atOnce: true, PacketLayout.AckGap, 100);
        Assert.True(acks.IsDue);
    }

    [Fact]
    public void Fixed_frames_get_one_acknowledgement_each_in_order_duplicates_too()
    {
        var acks = new AckState(acknowledgesEach: true, ackEvery: 2, maxDelayNs: 1_000_000, openedNs: 0);
        foreach (long number in new[] { 1, 2, 2, 5 })
        {
            Take(acks, number);
        }

        var named = new List<long>();
        while (acks.IsDue)
        {
            acks.Write(_packet, 1, 0, _stream, 100, out long largest);
            named.Add(largest);
        }

        Assert.Equal([1, 2, 2, 5], named);
    }

    [Fact]
    public void Every_run_of_numbers_is_named()
    {
        AckState acks = Repeat();
        foreach (long number in new[] { 1, 2, 3, 6, 9, 10 })
        {
            Take(acks, number);
        }

        Assert.Equal([(9L, 10L), (6L, 6L), (1L, 3L)], Write(acks));
    }

    [Fact]
    public void Old_runs_are_forgotten_after_many_acknowledgements()
    {
        AckState acks = Repeat();
        Take(acks, 1);
        for (long number = 3; number < 300; number++)
        {
            Take(acks, number);
            Write(acks);
        }

        Assert.Equal([(3L, 299L)], Write(acks));
    }

    [Fact]
    public void The_memory_of_runs_is_bounded_and_so_is_the_packet()
    {
        AckState acks = Repeat();
        for (long number = 1; number < 20_000; number += 2)
        {
            Take(acks, number);
        }

        acks.CheckInvariants();
        Assert.Equal(PacketLayout.MaxAckRanges + 1, Write(acks).Count);
    }

    [Fact]
    public void Serial_numbers_rise_by_one()
    {
        AckState acks = Repeat();
        Take(acks, 1);
        Write(acks);
        Write(acks);
        Assert.Equal(2u, acks.Serial);
    }

    private static AckState Repeat() => new(acknowledgesEach: false, ackEvery: 2, maxDelayNs: 1_000_000, openedNs: 0);

    private static void Take(AckState acks, long number)
    {
        acks.OnPacket(number, 100);
        acks.Ask(number, atOnce: false, 0, 100);
    }

    private List<(long First, long Last)> Write(AckState acks)
    {
        int length = acks.Write(_packet, 1, 0, _stream, 100, out _);
        Assert.True(AckPacket.TryParse(_packet.AsSpan(0, length), out AckPacket ack));
        var reader = new AckRangeReader(ack);
        var runs = new List<(long, long)>();
        while (reader.TryRead(out long first, out long last))
        {
            runs.Add((first, last));
        }

        Assert.False(reader.IsMalformed);
        return runs;
    }
}
