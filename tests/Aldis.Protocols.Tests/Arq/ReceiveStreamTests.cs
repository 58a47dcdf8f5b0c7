using Aldis.Protocols.Arq.Receiving;
using Aldis.Protocols.Arq.Streams;

namespace Aldis.Protocols.Tests.Arq;

public sealed class ReceiveStreamTests
{
    [Fact]
    public void Bytes_behind_a_gap_wait_for_it_to_be_filled()
    {
        ReceiveStream stream = Make();
        Assert.Equal(ReceiveResult.OutOfOrder, stream.Receive(5, "world"u8, isFin: false));
        Assert.Equal((0, 5), (stream.ReadableBytes, stream.AheadBytes));
        Assert.Equal(ReceiveResult.GapFilled, stream.Receive(0, "hello"u8, isFin: false));
        Assert.Equal((10, 0), (stream.ReadableBytes, stream.AheadBytes));
        Assert.Equal("helloworld"u8, Read(stream));
    }

    [Fact]
    public void Go_back_N_keeps_nothing_behind_a_gap()
    {
        ReceiveStream stream = Make(keeps: false);
        Assert.Equal(ReceiveResult.Discarded, stream.Receive(5, "world"u8, isFin: false));
        Assert.Equal(ReceiveResult.InOrder, stream.Receive(0, "hello"u8, isFin: false));
        Assert.Equal("hello"u8, Read(stream));
    }

    [Fact]
    public void Bytes_that_came_first_stay()
    {
        ReceiveStream stream = Make();
        stream.Receive(2, "CD"u8, isFin: false);
        Assert.Equal(ReceiveResult.GapFilled, stream.Receive(0, "abcdef"u8, isFin: false));
        Assert.Equal(6, Read(stream).Length);
    }

    [Fact]
    public void An_overlap_is_trimmed_to_what_is_new()
    {
        ReceiveStream stream = Make();
        stream.Receive(0, "abc"u8, isFin: false);
        Assert.Equal(ReceiveResult.InOrder, stream.Receive(1, "XXde"u8, isFin: false));
        Assert.Equal("abcde"u8, Read(stream));
    }

    [Fact]
    public void A_repetition_is_a_duplicate()
    {
        ReceiveStream stream = Make();
        stream.Receive(0, "abc"u8, isFin: false);
        Assert.Equal(ReceiveResult.Duplicate, stream.Receive(0, "abc"u8, isFin: false));
        stream.Receive(6, "ghi"u8, isFin: false);
        Assert.Equal(ReceiveResult.Duplicate, stream.Receive(6, "gh"u8, isFin: false));
    }

    [Fact]
    public void Nothing_beyond_the_credit_is_taken()
    {
        ReceiveStream stream = Make(limit: 16_384);
        Assert.Equal(ReceiveResult.BeyondCredit, stream.Receive(16_380, "12345"u8, isFin: false));
        Assert.Equal(ReceiveResult.OutOfOrder, stream.Receive(16_379, "12345"u8, isFin: false));
    }

    [Fact]
    public void The_end_is_reported_only_when_every_byte_before_it_was_read()
    {
        ReceiveStream stream = Make();
        stream.Receive(3, "def"u8, isFin: true);
        Assert.False(stream.IsComplete);
        stream.Receive(0, "abc"u8, isFin: false);
        Assert.True(stream.IsComplete);
        Assert.Equal(7, stream.Cumulative);
        Assert.False(stream.IsAtEnd);
        Read(stream);
        Assert.True(stream.IsAtEnd);
    }

    [Theory]
    [InlineData(0, 7, true)]
    [InlineData(0, 5, true)]
    [InlineData(6, 1, false)]
    public void A_second_end_or_bytes_behind_the_end_contradict_it(int offset, int length, bool isFin)
    {
        ReceiveStream stream = Make();
        stream.Receive(0, "abcdef"u8, isFin: true);
        Assert.Equal(ReceiveResult.Contradiction, stream.Receive(offset, new byte[length], isFin));
    }

    [Fact]
    public void An_end_before_bytes_already_received_contradicts_them()
    {
        ReceiveStream stream = Make();
        stream.Receive(10, "abc"u8, isFin: false);
        Assert.Equal(ReceiveResult.Contradiction, stream.Receive(5, "x"u8, isFin: true));
    }

    [Fact]
    public void Credit_follows_reading_and_never_falls()
    {
        ReceiveStream stream = Make(limit: 65_536);
        long limit = stream.Limit;
        for (int offset = 0; offset < 1 << 20; offset += 1_000)
        {
            Assert.Equal(ReceiveResult.InOrder, stream.Receive(offset, new byte[1_000], isFin: false));
            Assert.Equal(limit, stream.Limit);
            Read(stream);
            stream.TryRaiseLimit();
            Assert.True(stream.Limit >= limit);
            limit = stream.Limit;
        }

        Assert.True(limit > 1 << 20);
    }

    [Fact]
    public void The_window_grows_when_a_quarter_of_it_is_in_use_and_read_promptly()
    {
        ReceiveStream stream = Make(limit: 65_536);
        stream.Receive(20_000, new byte[1_000], isFin: false);
        stream.Receive(0, new byte[20_000], isFin: false);
        Read(stream);
        stream.TryRaiseLimit();
        Assert.Equal(131_072, stream.WindowBytes);
    }

    [Theory]
    [InlineData(1_000, 131_072)]
    [InlineData(2_000, 65_536)]
    public void The_window_grows_when_a_quarter_of_it_comes_within_a_round_trip(long betweenPacketsNs, long window)
    {
        ReceiveStream stream = Make(limit: 65_536);
        long nowNs = 0;
        for (int offset = 0; offset <= 16_384; offset += 1_024, nowNs += betweenPacketsNs)
        {
            stream.Receive(offset, new byte[1_024], isFin: false);
            stream.NoticePace(nowNs, roundTripNs: 20_000);
            Read(stream);
            stream.TryRaiseLimit();
        }

        Assert.Equal(window, stream.WindowBytes);
    }

    [Fact]
    public void The_window_does_not_grow_for_a_reader_who_does_not_read()
    {
        ReceiveStream stream = Make(limit: 65_536);
        for (int offset = 0; offset < 65_000; offset += 1_000)
        {
            stream.Receive(offset, new byte[1_000], isFin: false);
        }

        Assert.False(stream.TryRaiseLimit());
        Assert.Equal(65_536, stream.WindowBytes);
        Assert.Equal(65_536, stream.Limit);
    }

    [Fact]
    public void Too_many_gaps_are_refused_instead_of_remembered()
    {
        ReceiveStream stream = Make(limit: 1 << 20);
        ReceiveResult last = default;
        for (int gap = 0; gap < 20_000; gap++)
        {
            last = stream.Receive((gap * 2) + 1, "x"u8, isFin: false);
        }

        Assert.Equal(ReceiveResult.Overload, last);
        stream.CheckInvariants();
    }

    [Fact]
    public void Memory_is_given_back_when_everything_was_read()
    {
        var pool = new ChunkPool(1 << 20);
        var stream = new ReceiveStream(pool, 1 << 20, 1 << 20, keepsOutOfOrder: true);
        stream.Receive(0, new byte[100_000], isFin: false);
        Assert.True(pool.LentBytes >= 100_000);
        while (Read(stream).Length > 0)
        {
        }

        Assert.Equal(0, pool.LentBytes);
    }

    [Fact]
    public void When_memory_is_short_a_wide_window_holds_no_more_than_a_new_connection_may()
    {
        const int Guaranteed = 2 * ChunkPool.ChunkSize;
        var pool = new ChunkPool(0, mostLent: 4 * ChunkPool.ChunkSize);
        var stream = new ReceiveStream(pool, Guaranteed, 16 << 20, keepsOutOfOrder: true);
        Assert.Equal(ReceiveResult.InOrder, stream.Receive(0, new byte[Guaranteed], isFin: false));
        Assert.True(stream.TryWiden());
        stream.Consume(Guaranteed);
        stream.TryRaiseLimit();
        for (int taken = 0; taken < 4; taken++)
        {
            pool.Rent();
        }

        // The reader sleeps from here on. What a connection may hold in any case is taken, and nothing beyond it.
        Assert.Equal(ReceiveResult.InOrder, stream.Receive(Guaranteed, new byte[Guaranteed], isFin: false));
        Assert.True(stream.Limit > 2 * Guaranteed);
        Assert.Equal(ReceiveResult.Overload, stream.Receive(2 * Guaranteed, new byte[1], isFin: true));
        Assert.False(stream.IsFinSeen);
        stream.Consume(1);
        Assert.Equal(ReceiveResult.InOrder, stream.Receive(2 * Guaranteed, new byte[1], isFin: true));
        Assert.True(stream.IsComplete);
        stream.CheckInvariants();
    }

    private static ReceiveStream Make(bool keeps = true, long limit = 1 << 20)
        => new(new ChunkPool(1 << 20), limit, 16 << 20, keeps);

    private static byte[] Read(ReceiveStream stream)
    {
        byte[] room = new byte[200_000];
        return room[..stream.Read(room)];
    }
}
