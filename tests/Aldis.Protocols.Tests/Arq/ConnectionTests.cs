using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Tests.Arq;

public sealed class ConnectionTests
{
    private const long Ms = Pair.Ms;
    private const long Second = 1_000 * Ms;

    [Fact]
    public void One_direction_can_end_while_the_other_goes_on()
    {
        Pair pair = Opened(new ConnectionOptions());
        pair.Caller.Finish(pair.Now);
        pair.RunFor(Second);
        Assert.Equal(-1, pair.Callee!.Read(new byte[10], pair.Now));
        pair.Callee.Write("still here"u8, pair.Now);
        pair.Callee.Flush(pair.Now);
        pair.RunFor(Second);
        Assert.Equal(10, pair.Caller.ReadableBytes);
        Assert.Equal(ConnectionState.Open, pair.Caller.State);
        pair.Callee.Finish(pair.Now);
        pair.RunFor(Second);
        Assert.Equal(ConnectionState.Closed, pair.Caller.State);
        Assert.Equal(ConnectionState.Closed, pair.Callee.State);
        Assert.Equal(10, pair.Caller.Read(new byte[100], pair.Now));
        Assert.Equal(-1, pair.Caller.Read(new byte[100], pair.Now));
        Assert.Contains(pair.ClientEvents, occurred => occurred.Kind == ArqEventKind.Finished);
        Assert.Contains(pair.ClientEvents, occurred => occurred.Kind == ArqEventKind.Closed);
    }

    [Fact]
    public void A_lost_last_acknowledgement_is_given_again_by_the_tombstone()
    {
        Pair pair = Opened(new ConnectionOptions());
        pair.Callee!.Finish(pair.Now);
        pair.RunFor(Second);
        pair.Caller.Finish(pair.Now);
        int lost = 0;
        pair.Gate = (toServer, datagram) => toServer || PacketLayout.TypeOf(datagram) != PacketType.Ack || ++lost > 2;
        pair.RunFor(10 * Second);
        Assert.True(lost > 2);
        Assert.Equal(ConnectionState.Closed, pair.Caller.State);
        Assert.Equal(ConnectionState.Closed, pair.Callee.State);
    }

    [Fact]
    public void Whoever_misses_only_the_word_on_its_end_closes_in_order_after_a_while()
    {
        Pair pair = Opened(new ConnectionOptions());
        pair.Callee!.Finish(pair.Now);
        pair.RunFor(Second);
        pair.Gate = (toServer, _) => toServer;
        pair.Caller.Finish(pair.Now);
        pair.RunUntil(() => pair.Caller.State is ConnectionState.Closed or ConnectionState.Reset, 40 * Second);
        Assert.Equal(ConnectionState.Closed, pair.Caller.State);
    }

    [Fact]
    public void Whoever_misses_the_word_on_its_data_sees_an_error()
    {
        Pair pair = Opened(new ConnectionOptions { UserTimeoutNs = 20 * Second });
        pair.Callee!.Finish(pair.Now);
        pair.RunFor(Second);
        pair.Gate = (toServer, _) => toServer;
        pair.Caller.Write("did you get this"u8, pair.Now);
        pair.Caller.Finish(pair.Now);
        pair.RunUntil(() => pair.Caller.State is ConnectionState.Closed or ConnectionState.Reset, 40 * Second);
        Assert.Equal(ArqCloseCode.Timeout, pair.Caller.CloseCode);
    }

    [Fact]
    public void Silence_ends_a_connection_at_its_idle_limit()
    {
        Pair pair = Opened(new ConnectionOptions { IdleTimeoutNs = 10 * Second });
        pair.RunFor(9 * Second);
        Assert.Equal(ConnectionState.Open, pair.Callee!.State);
        pair.RunFor(2 * Second);
        Assert.Equal(ArqCloseCode.Timeout, pair.Callee.CloseCode);
        Assert.Equal(ArqCloseCode.Timeout, pair.Caller.CloseCode);
    }

    [Fact]
    public void A_connection_kept_alive_outlives_its_idle_limit()
    {
        foreach (string mode in new[] { "stop-and-wait", "go-back-n", "internet" })
        {
            Pair pair = Opened(TransferTests.OptionsFor(mode) with { IdleTimeoutNs = 10 * Second, KeepAliveNs = 4 * Second });
            pair.RunFor(100 * Second);
            Assert.Equal(ConnectionState.Open, pair.Callee!.State);
            Assert.Equal(ConnectionState.Open, pair.Caller.State);
        }
    }

    [Fact]
    public void An_idle_connection_sends_nothing()
    {
        Pair pair = Opened(new ConnectionOptions());
        pair.Caller.Write("hello"u8, pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.RunFor(2 * Second);
        long before = pair.DatagramsSent;
        pair.RunFor(50 * Second);
        Assert.Equal(before, pair.DatagramsSent);
    }

    [Fact]
    public void The_datagram_grows_to_what_the_path_carries()
    {
        var pair = new Pair(new ConnectionOptions { MaxDatagramSize = 9_000, MaxWindowBytes = 1 << 20 });
        pair.Gate = (_, datagram) => datagram.Length <= 1_460;
        pair.RunUntil(() => pair.Callee is not null);
        byte[] room = new byte[65_536];
        pair.AfterStep = () =>
        {
            pair.Caller.Write(room.AsSpan(0, 20_000), pair.Now);
            while (pair.Callee!.Read(room, pair.Now) > 0)
            {
            }
        };
        pair.RunFor(Second);
        Assert.Equal(1_452, pair.Caller.Stats.DatagramSize);
        Assert.InRange(pair.Caller.Stats.PacketsLost, 1, 10);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait)]
    [InlineData(ArqMode.GoBackN)]
    [InlineData(ArqMode.SelectiveRepeat)]
    public void Fixed_frames_keep_their_size_and_try_no_other(ArqMode mode)
    {
        int largest = 0;
        var options = new ConnectionOptions { Mode = mode, FrameSize = 1_300, MaxDatagramSize = 9_000 };
        var pair = new Pair(options with { Congestion = CongestionProfile.Lab });
        pair.RunUntil(() => pair.Callee is not null && pair.Caller.State == ConnectionState.Open);
        bool isDead = false;
        pair.Gate = (_, datagram) =>
        {
            largest = Math.Max(largest, datagram.Length);
            Assert.NotEqual(PacketType.Probe, PacketLayout.TypeOf(datagram));
            return !isDead;
        };
        pair.Caller.Write(new byte[100_000], pair.Now);
        pair.RunFor(100 * Ms);
        isDead = true;
        pair.RunFor(20 * Second);
        Assert.Equal((1_328, 1_328), (largest, pair.Caller.Stats.DatagramSize));
    }

    [Fact]
    public void A_path_that_becomes_narrow_is_survived()
    {
        var pair = new Pair(new ConnectionOptions { MtuProbing = false });
        int limit = 1_472;
        pair.Gate = (_, datagram) => datagram.Length <= limit;
        pair.RunUntil(() => pair.Callee is not null);
        pair.Caller.Write(new byte[100_000], pair.Now);
        pair.RunFor(15 * Ms);
        limit = 1_300;
        byte[] room = new byte[65_536];
        long read = 0;
        pair.AfterStep = () => read += Math.Max(0, pair.Callee!.Read(room, pair.Now));
        pair.Caller.Write(new byte[50_000], pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.RunUntil(() => read == 150_000, 60 * Second);
        Assert.Equal(1_200, pair.Caller.Stats.DatagramSize);
    }

    [Fact]
    public void Time_that_jumps_ahead_costs_at_most_a_repetition()
    {
        Pair pair = Opened(new ConnectionOptions { IdleTimeoutNs = 3_600 * Second, UserTimeoutNs = 3_600 * Second });
        pair.Caller.Write("before"u8, pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.Flush();
        long before = pair.DatagramsSent;
        long later = pair.Now + (1_000 * Second);
        pair.Client.OnTimer(later);
        byte[] buffer = new byte[2_000];
        int sent = 0;
        while (pair.Client.TryGetTransmit(buffer, later, out _))
        {
            sent++;
        }

        Assert.InRange(sent, 0, 2);
        Assert.True(pair.DatagramsSent >= before);
        Assert.Equal(ConnectionState.Open, pair.Caller.State);
    }

    [Fact]
    public void An_abort_reaches_the_peer_with_its_code()
    {
        Pair pair = Opened(new ConnectionOptions());
        pair.Caller.Abort((ArqCloseCode)1_234, pair.Now);
        pair.RunFor(Second);
        Assert.Equal((ArqCloseCode)1_234, pair.Callee!.CloseCode);
        Assert.Equal(0, pair.Server.ConnectionCount);
        Assert.Equal(0, pair.Callee.Write("x"u8, pair.Now));
    }

    [Fact]
    public void Writing_beyond_the_buffer_is_told_when_there_is_room_again()
    {
        Pair pair = Opened(new ConnectionOptions { SendBufferBytes = 10_000 });
        Assert.Equal(10_000, pair.Caller.Write(new byte[30_000], pair.Now));
        Assert.Equal(0, pair.Caller.Write(new byte[1], pair.Now));
        pair.RunFor(Second);
        Assert.Contains(pair.ClientEvents, occurred => occurred.Kind == ArqEventKind.Writable);
    }

    [Fact]
    public void When_memory_is_short_little_waits_for_its_acknowledgement_and_all_of_it_arrives()
    {
        const int Most = 256 << 10;
        var pair = new Pair(new ConnectionOptions(), server: new EndpointOptions { MaxBufferedBytes = 1 });
        pair.RunUntil(() => pair.Callee is not null && pair.Caller.State == ConnectionState.Open);
        pair.Server.Chunks.Rent();
        byte[] bytes = new byte[8 << 20];
        byte[] room = new byte[64 << 10];
        int written = 0;
        long read = 0;
        long held = 0;
        pair.AfterStep = () =>
        {
            written += pair.Callee!.Write(bytes.AsSpan(written), pair.Now);
            held = Math.Max(held, pair.Callee.UnacknowledgedBytes);
            for (int count = 1; count > 0; read += Math.Max(0, count))
            {
                count = pair.Caller.Read(room, pair.Now);
            }
        };
        pair.Caller.Write("go"u8, pair.Now);
        pair.RunUntil(() => written == bytes.Length);
        pair.Callee!.Flush(pair.Now);
        pair.RunUntil(() => read == bytes.Length);
        Assert.InRange(held, 1, Most);
    }

    [Fact]
    public void What_can_be_read_is_shown_in_place()
    {
        Pair pair = Opened(new ConnectionOptions());
        pair.Caller.Write("abcdef"u8, pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.RunFor(Second);
        Assert.Equal("abcdef"u8, pair.Callee!.Peek().Span);
        pair.Callee.Advance(2, pair.Now);
        Assert.Equal("cdef"u8, pair.Callee.Peek().Span);
        Assert.Equal("ef"u8, pair.Callee.Peek(2).Span);
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Callee.Advance(5, pair.Now));
    }

    [Fact]
    public void A_reader_who_needs_more_than_the_window_is_given_a_larger_one()
    {
        Pair pair = Opened(new ConnectionOptions { InitialWindowBytes = 16 << 10 });
        pair.Caller.Write(new byte[60_000], pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.RunFor(Second);
        Assert.InRange(pair.Callee!.ReadableBytes, 1, 16 << 10);
        for (long before = 0; pair.Callee.ReadableBytes > before;)
        {
            before = pair.Callee.ReadableBytes;
            pair.Callee.AskForMore();
            pair.RunFor(Second);
        }

        Assert.Equal(60_000, pair.Callee.ReadableBytes);
    }

    [Fact]
    public void Stop_and_wait_alternates_its_bit_with_every_new_frame_and_keeps_it_on_repetition()
    {
        var bits = new Dictionary<long, bool>();
        var pair = new Pair(ConnectionOptions.StopAndWait(100), seed: 5) { Loss = 0.2 };
        pair.Gate = (toServer, datagram) =>
        {
            if (toServer && PacketLayout.TypeOf(datagram) == PacketType.Data)
            {
                Assert.True(DataPacket.TryParse(datagram, out DataPacket data));
                bool bit = (data.Flags & PacketLayout.DataAlternate) != 0;
                Assert.Equal(bit, bits.GetValueOrDefault(data.Offset, bit));
                bits[data.Offset] = bit;
                Assert.Equal((data.Offset / 100) % 2 == 1, bit);
            }

            return true;
        };
        pair.Caller.Write(new byte[2_000], pair.Now);
        pair.RunUntil(() => pair.Caller.UnacknowledgedBytes == 0);
        Assert.Equal(20, bits.Count);
    }

    private static Pair Opened(ConnectionOptions options)
    {
        var pair = new Pair(options);
        pair.RunUntil(() => pair.Callee is not null && pair.Caller.State == ConnectionState.Open);
        return pair;
    }
}
