using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>Each test is an attack and names what it runs into.</summary>
public sealed class AdversaryTests
{
    private const long Ms = Pair.Ms;
    private const long Second = 1_000 * Ms;

    [Fact]
    public void A_flood_of_SYNs_meets_a_server_without_state_and_with_a_limit()
    {
        var server = new ArqEndpoint(
            new EndpointOptions { Accept = new ConnectionOptions(), StatelessRepliesPerSecond = 500 }, new SeededArqRandom(1),
                new byte[16]);
        byte[] buffer = new byte[2_000];
        long received = 0;
        long sent = 0;
        byte[] syn = Forge.Syn(1);
        for (int i = 0; i < 20_000; i++)
        {
            server.OnDatagram(PathKey.To([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i], 5_000), syn, syn.Length, 1);
            received += syn.Length;
            while (server.TryGetTransmit(buffer, 1, out Transmit transmit))
            {
                sent += transmit.Length;
            }
        }

        Assert.Equal(0, server.ConnectionCount);
        Assert.Equal(500, server.Stats.SynAcksSent);
        Assert.Equal(500 * PacketLayout.SynAckLength, sent);
        Assert.True(sent < received);
        Assert.Equal(long.MaxValue, server.NextDeadlineNs);
        Assert.False(server.TryGetEvent(out _));
    }

    [Fact]
    public void No_SYN_however_short_is_answered_by_more_bytes_than_it_has()
    {
        var server = new ArqEndpoint(new EndpointOptions { Accept = new ConnectionOptions() }, new SeededArqRandom(1), new byte[16]);
        byte[] buffer = new byte[2_000];
        for (int length = PacketLayout.SynParameters; length <= PacketLayout.SynLength; length++)
        {
            server.OnDatagram(Pair.ClientPath, Forge.Syn(1, length), length, 1);
            Assert.True(server.TryGetTransmit(buffer, 1, out Transmit answer));
            Assert.Equal(length < 128 ? PacketType.Reset : PacketType.SynAck, PacketLayout.TypeOf(buffer));
            Assert.True(answer.Length < length);
        }
    }

    [Fact]
    public void A_CONFIRM_with_the_number_of_our_own_request_and_no_key_changes_nothing()
    {
        var endpoint = new ArqEndpoint(new EndpointOptions { Accept = new ConnectionOptions() }, new SeededArqRandom(1), new byte[16]);
        ArqConnection request = endpoint.Connect(Pair.ServerPath, new ConnectionOptions(), 1);
        byte[] confirm = new byte[PacketLayout.ConfirmLength];
        PacketLayout.WriteHeader(confirm, PacketType.Confirm, 0, request.Id);
        PacketLayout.Seal(confirm, 0);
        endpoint.OnDatagram(Pair.ServerPath, confirm, confirm.Length, 1);
        Assert.Equal(ConnectionState.SynSent, request.State);
        Assert.Equal(1, endpoint.ConnectionCount);
        Assert.False(endpoint.TryGetEvent(out _));
        endpoint.CheckInvariants();
    }

    [Fact]
    public void A_replayed_CONFIRM_meets_the_living_connection_then_its_tombstone_then_an_expired_cookie()
    {
        byte[]? confirm = null;
        var pair = new Pair(new ConnectionOptions());
        pair.Gate = (toServer, datagram) =>
        {
            confirm ??= toServer && PacketLayout.TypeOf(datagram) == PacketType.Confirm ? [.. datagram] : null;
            return true;
        };
        pair.RunUntil(() => pair.Callee is not null && pair.Caller.State == ConnectionState.Open);
        Replay(pair, confirm!);
        Assert.Equal(1, pair.Server.ConnectionCount);

        pair.Caller.Finish(pair.Now);
        pair.Callee!.Finish(pair.Now);
        pair.RunUntil(() => pair.Callee.State == ConnectionState.Closed && pair.Caller.State == ConnectionState.Closed);
        Replay(pair, confirm!);
        Assert.Equal(0, pair.Server.ConnectionCount);

        pair.RunFor(31 * Second);
        Replay(pair, confirm!);
        Assert.Equal(0, pair.Server.ConnectionCount);
        Assert.Equal(1, pair.Server.Stats.Accepted);
        Assert.True(pair.Server.Stats.BadCookies > 0);
    }

    [Fact]
    public void A_cookie_carried_to_another_address_meets_its_signature()
    {
        byte[]? confirm = null;
        var pair = new Pair(new ConnectionOptions());
        pair.Gate = (toServer, datagram) =>
        {
            confirm ??= toServer && PacketLayout.TypeOf(datagram) == PacketType.Confirm ? [.. datagram] : null;
            return confirm is null;
        };
        pair.RunFor(20 * Ms);
        pair.Server.OnDatagram(PathKey.To([192, 0, 2, 1], 40_001), confirm!, confirm!.Length, pair.Now);
        Assert.Equal(0, pair.Server.ConnectionCount);
        Assert.Equal(1, pair.Server.Stats.BadCookies);
        confirm[PacketLayout.CookiedParameters + 2] ^= 1;
        PacketLayout.Seal(confirm, 0);
        pair.Server.OnDatagram(Pair.ClientPath, confirm, confirm.Length, pair.Now);
        Assert.Equal(2, pair.Server.Stats.BadCookies);
    }

    [Fact]
    public void One_address_cannot_take_every_place()
    {
        var options = new EndpointOptions { MaxConnectionsPerAddress = 2, MaxSegments = 1 };
        var pair = new Pair(new ConnectionOptions { ConnectTimeoutNs = 3 * Second }, server: options);
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open);
        ArqConnection second = pair.Client.Connect(Pair.ServerPath, new ConnectionOptions(), pair.Now);
        ArqConnection third = pair.Client.Connect(Pair.ServerPath, new ConnectionOptions(), pair.Now);
        pair.RunFor(1 * Second);
        Assert.Equal(2, pair.Server.ConnectionCount);
        Assert.Equal(ConnectionState.Open, second.State);
        Assert.Equal(ConnectionState.Confirming, third.State);
        Assert.True(pair.Server.Stats.Overloaded > 0);
    }

    [Fact]
    public void A_forged_RESET_meets_the_key()
    {
        Pair pair = Opened();
        ArqConnection callee = pair.Callee!;
        pair.Inject(toServer: true, Forge.Reset(callee.Id, callee.Key + 1, callee.Seed));
        pair.Inject(toServer: true, Forge.Reset(callee.Id, callee.Key, callee.Seed + 1));
        pair.Inject(toServer: false, Forge.Reset(pair.Caller.PeerId, 0, 0, PacketLayout.ResetEcho, PacketLayout.ResetStateless));
        pair.RunFor(20 * Ms);
        Assert.Equal(ConnectionState.Open, callee.State);
        Assert.Equal(ConnectionState.Open, pair.Caller.State);
        Assert.Equal(1, pair.Server.Stats.ForgedResets);
        Assert.Equal(0, pair.Server.Stats.ResetsSent + pair.Client.Stats.ResetsSent);
    }

    [Fact]
    public void A_stateless_RESET_meets_a_client_that_has_not_heard_the_server_yet_and_is_not_believed()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.Gate = (toServer, datagram) => !toServer || PacketLayout.TypeOf(datagram) == PacketType.Syn;
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Confirming);
        byte[] reset = Forge.Reset(pair.Caller.PeerId, pair.Caller.Key, pair.Caller.Seed, PacketLayout.ResetEcho,
            PacketLayout.ResetStateless);
        pair.Inject(toServer: false, reset);
        pair.RunFor(1 * Ms);
        Assert.Equal(ConnectionState.Confirming, pair.Caller.State);
        pair.Gate = null;
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open, 2 * Second);
    }

    [Fact]
    public void A_RESET_is_never_answered_so_two_endpoints_cannot_quarrel_for_ever()
    {
        Pair pair = Opened();
        pair.Inject(toServer: true, Forge.Reset(0xDEAD, 1, 1));
        pair.RunFor(20 * Ms);
        pair.Caller.Abort(ArqCloseCode.Aborted, pair.Now);
        pair.RunFor(Second);
        Assert.Equal(1, pair.Server.Stats.ResetsSent + pair.Client.Stats.ResetsSent);
        Assert.Equal(ArqCloseCode.Aborted, pair.Callee!.CloseCode);
    }

    [Fact]
    public void An_acknowledgement_of_what_was_never_sent_ends_the_connection()
    {
        foreach (bool liesAboutBytes in new[] { true, false })
        {
            Pair pair = Opened();
            long largest = liesAboutBytes ? 0 : 1_000;
            pair.Inject(toServer: false, Forge.Ack(pair.Caller, 1_000, liesAboutBytes ? 5_000 : 0, 1 << 20, largest));
            pair.RunFor(1 * Ms);
            Assert.Equal(ArqCloseCode.Protocol, pair.Caller.CloseCode);
        }
    }

    [Fact]
    public void An_optimistic_acknowledgement_meets_a_number_that_was_skipped_on_purpose()
    {
        var pair = new Pair(new ConnectionOptions { Congestion = CongestionProfile.Lab, WindowFrames = 500, InitialWindowBytes = 4 << 20 });
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open);
        pair.Gate = (toServer, _) => toServer;
        uint serial = 1_000_000;
        pair.AfterStep = () =>
        {
            // The liar confirms everything as soon as it is sent, whether it came or not.
            long newest = pair.Caller.Established!.Core.Packets.Next - 1;
            if (newest > 0 && pair.Caller.State == ConnectionState.Open)
            {
                byte[] ranges = new byte[8];
                int length = VariableInteger.Write(ranges, newest);
                pair.Inject(toServer: false, Forge.Ack(pair.Caller, ++serial, 0, 8 << 20, newest, ranges[..length]));
            }
        };
        byte[] bytes = new byte[200_000];
        pair.Caller.Write(bytes, pair.Now);
        for (int i = 0; i < 50 && pair.Caller.State == ConnectionState.Open; i++)
        {
            pair.Caller.Write(bytes, pair.Now);
            pair.RunFor(6 * Ms);
        }

        Assert.Equal(ArqCloseCode.Protocol, pair.Caller.CloseCode);
    }

    [Fact]
    public void Giant_ranges_are_cut_to_what_was_sent_before_any_loop_runs()
    {
        Pair pair = Opened();
        byte[] ranges = new byte[2 * PacketLayout.MaxAckRanges];
        for (uint i = 0; i < 1_000; i++)
        {
            pair.Client.OnDatagram(Pair.ServerPath, Forge.Ack(pair.Caller, 100 + i, 0, 1 << 20, 0, ranges), 0, pair.Now);
        }

        // Their gaps reach below zero, which is nonsense as a whole.
        Assert.Equal(ArqCloseCode.Protocol, pair.Caller.CloseCode);
    }

    [Fact]
    public void Credit_that_is_taken_back_stays_granted()
    {
        Pair pair = Opened();
        long limit = pair.Caller.Stream.Limit;
        pair.Inject(toServer: false, Forge.Ack(pair.Caller, 1_000, 0, 1, 0));
        pair.RunFor(1 * Ms);
        Assert.Equal(limit, pair.Caller.Stream.Limit);
    }

    [Fact]
    public void A_peer_that_never_reads_is_asked_with_growing_pauses_and_given_up_after_the_user_time_out()
    {
        var options = new ConnectionOptions
        {
            InitialWindowBytes = 16_384,
            MaxWindowBytes = 16_384,
            UserTimeoutNs = 20 * Second,
            KeepAliveNs = Second
        };
        var pair = new Pair(options);
        pair.RunUntil(() => pair.Callee is not null);
        pair.Caller.Write(new byte[100_000], pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.RunFor(2 * Second);
        Assert.Equal(16_384, pair.Callee!.ReadableBytes);
        long before = pair.DatagramsSent;
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Reset, 30 * Second);
        Assert.Equal(ArqCloseCode.Timeout, pair.Caller.CloseCode);
        Assert.InRange(pair.DatagramsSent - before, 5, 120);
    }

    [Fact]
    public void A_reader_that_wakes_up_late_gets_the_rest()
    {
        var options = new ConnectionOptions { InitialWindowBytes = 16_384, MaxWindowBytes = 16_384 };
        var pair = new Pair(options);
        pair.RunUntil(() => pair.Callee is not null);
        pair.Caller.Write(new byte[100_000], pair.Now);
        pair.Caller.Finish(pair.Now);
        pair.RunFor(10 * Second);
        byte[] room = new byte[5_000];
        int total = 0;
        pair.AfterStep = () =>
        {
            int count;
            while ((count = pair.Callee!.Read(room, pair.Now)) > 0)
            {
                total += count;
            }
        };
        pair.RunUntil(() => total == 100_000, 30 * Second);
    }

    [Fact]
    public void Data_beyond_credit_ends_the_connection_before_it_takes_memory()
    {
        Pair pair = Opened();
        long lent = pair.Server.Chunks.LentBytes;
        pair.Inject(toServer: true, Forge.Data(pair.Callee!, 1, 1L << 40, 100));
        pair.RunFor(1 * Ms);
        Assert.Equal(ArqCloseCode.FlowControl, pair.Callee!.CloseCode);
        Assert.Equal(lent, pair.Server.Chunks.LentBytes);
    }

    [Fact]
    public void Bytes_strewn_over_the_window_take_no_more_memory_than_the_window()
    {
        Pair pair = Opened();
        for (int i = 0; i < 5_000; i++)
        {
            pair.Server.OnDatagram(Pair.ClientPath, Forge.Data(pair.Callee!, 1 + i, 1 + (i * 50), 1), 0, pair.Now);
        }

        Assert.Equal(ConnectionState.Open, pair.Callee!.State);
        Assert.InRange(pair.Server.Chunks.LentBytes, 1, pair.Callee.Established!.Receive.WindowBytes + 16_384);
        pair.Server.CheckInvariants();
    }

    [Fact]
    public void Two_ends_of_one_stream_end_the_connection()
    {
        Pair pair = Opened();
        pair.Inject(toServer: true, Forge.Data(pair.Callee!, 1, 50, 10, PacketLayout.DataFin));
        pair.Inject(toServer: true, Forge.Data(pair.Callee!, 2, 60, 10, PacketLayout.DataFin));
        pair.RunFor(1 * Ms);
        Assert.Equal(ArqCloseCode.Protocol, pair.Callee!.CloseCode);
    }

    [Fact]
    public void Repeated_acknowledgements_send_nothing()
    {
        byte[]? last = null;
        var pair = new Pair(ConnectionOptions.GoBackN(500, 4));
        pair.Gate = (toServer, datagram) =>
        {
            last = !toServer && PacketLayout.TypeOf(datagram) == PacketType.Ack ? [.. datagram] : last;
            return true;
        };
        pair.RunUntil(() => pair.Callee is not null);
        pair.Caller.Write(new byte[2_000], pair.Now);
        pair.RunFor(100 * Ms);
        Assert.Equal(0, pair.Caller.UnacknowledgedBytes);
        long before = pair.DatagramsSent;
        for (int i = 0; i < 100; i++)
        {
            pair.Inject(toServer: false, last!);
        }

        pair.RunFor(50 * Ms);
        Assert.Equal(before, pair.DatagramsSent);
    }

    [Fact]
    public void A_packet_for_a_connection_from_another_address_is_dropped_and_counted()
    {
        Pair pair = Opened();
        pair.Server.OnDatagram(PathKey.To([203, 0, 113, 9], 1_234), Forge.Data(pair.Callee!, 1, 0, 10), 0, pair.Now);
        Assert.Equal(1, pair.Server.Stats.ForeignAddress);
        Assert.Equal(0, pair.Callee!.ReadableBytes);
    }

    [Fact]
    public void A_packet_of_a_version_that_does_not_exist_yet_is_dropped_and_counted()
    {
        Pair pair = Opened();
        byte[] data = Forge.Data(pair.Callee!, 1, 0, 10);
        data[0] = 0x21;
        PacketLayout.Seal(data, pair.Callee!.Seed);
        pair.Server.OnDatagram(Pair.ClientPath, data, data.Length, pair.Now);
        Assert.Equal(1, pair.Server.Stats.UnknownVersion);
        Assert.Equal(0, pair.Callee.ReadableBytes);
        Assert.False(pair.Server.TryGetTransmit(new byte[2_000], pair.Now, out _));
    }

    private static Pair Opened()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.RunUntil(() => pair.Callee is not null && pair.Caller.State == ConnectionState.Open);
        pair.RunFor(20 * Ms);
        return pair;
    }

    private static void Replay(Pair pair, byte[] confirm)
    {
        for (int i = 0; i < 20; i++)
        {
            pair.Inject(toServer: true, confirm, i * Ms);
        }

        pair.RunFor(50 * Ms);
    }
}
