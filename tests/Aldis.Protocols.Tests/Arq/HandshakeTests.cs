using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq;

public sealed class HandshakeTests
{
    private const long Ms = Pair.Ms;
    private const long Second = 1_000 * Ms;

    [Fact]
    public void A_connection_takes_one_round_trip_and_carries_data_with_its_confirmation()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.Caller.Write("hello"u8, pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.RunUntil(() => pair.Callee is { ReadableBytes: 5 }, 16 * Ms);
        Assert.Equal(15 * Ms, pair.Now - 1);
    }

    [Fact]
    public void A_server_that_speaks_first_is_heard()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.RunUntil(() => pair.Callee is not null);
        pair.Callee!.Write("220 ready"u8, pair.Now);
        pair.Callee.Flush(pair.Now);
        pair.RunUntil(() => pair.Caller.ReadableBytes == 9, 50 * Ms);
        Assert.Equal(ConnectionState.Open, pair.Caller.State);
    }

    [Fact]
    public void Lost_opening_packets_are_repeated_at_a_third_of_a_second_and_then_twice_as_late_up_to_a_second()
    {
        var pair = new Pair(new ConnectionOptions { ConnectTimeoutNs = 5 * Second }) { Gate = (_, _) => false };
        var sent = new List<long>();
        pair.Gate = (_, _) =>
        {
            sent.Add((pair.Now - 1) / Ms);
            return false;
        };
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Reset);
        Assert.Equal([0, 333, 999, 1_999, 2_999, 3_999, 4_999], sent);
        Assert.Equal(ArqCloseCode.ConnectTimeout, pair.Caller.CloseCode);
    }

    [Fact]
    public void A_lost_confirmation_and_a_lost_answer_to_it_are_both_repaired()
    {
        foreach (PacketType lost in new[] { PacketType.SynAck, PacketType.Confirm, PacketType.Ack })
        {
            int dropped = 0;
            var pair = new Pair(new ConnectionOptions());
            pair.Gate = (_, datagram) => PacketLayout.TypeOf(datagram) != lost || ++dropped > 2;
            pair.RunUntil(() => pair.Caller.State == ConnectionState.Open && pair.Callee is not null, 10 * Second);
            Assert.Equal(1, pair.Server.Stats.Accepted);
        }
    }

    [Fact]
    public void At_thirty_percent_loss_nearly_every_connection_comes_about_within_thirty_seconds()
    {
        int connected = 0;
        for (ulong seed = 0; seed < 1_000; seed++)
        {
            var pair = new Pair(new ConnectionOptions(), seed) { Loss = 0.3 };
            long end = 30 * Second;
            while (pair.Caller.State is ConnectionState.SynSent or ConnectionState.Confirming && pair.Step(end))
            {
            }

            connected += pair.Caller.State == ConnectionState.Open ? 1 : 0;
        }

        Assert.InRange(connected, 999, 1_000);
    }

    [Fact]
    public void Three_refusals_by_the_machine_end_the_attempt_and_two_do_not()
    {
        var pair = new Pair(new ConnectionOptions()) { Gate = (_, _) => false };
        pair.Client.OnRefused(Pair.ServerPath, pair.Now);
        pair.Client.OnRefused(Pair.ServerPath, pair.Now);
        Assert.Equal(ConnectionState.SynSent, pair.Caller.State);
        pair.Client.OnRefused(Pair.ServerPath, pair.Now);
        Assert.Equal(ArqCloseCode.Unreachable, pair.Caller.CloseCode);
    }

    [Fact]
    public void A_request_the_listener_cannot_meet_is_refused_at_once()
    {
        var pair = new Pair(ConnectionOptions.StopAndWait(4_000), accept: new ConnectionOptions { MaxDatagramSize = 1_472 });
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Reset, 20 * Ms);
        Assert.Equal(ArqCloseCode.Refused, pair.Caller.CloseCode);
    }

    [Fact]
    public void A_listener_accepts_every_strategy()
    {
        foreach (ConnectionOptions options in new[] { ConnectionOptions.StopAndWait(100), ConnectionOptions.GoBackN(200, 4),
            new ConnectionOptions() })
        {
            var pair = new Pair(options, accept: new ConnectionOptions());
            pair.RunUntil(() => pair.Callee is not null);
            Assert.Equal(options.Mode, pair.Callee!.Options.Mode);
            Assert.Equal(options.FrameSize, pair.Callee.Options.FrameSize);
        }
    }

    [Fact]
    public void The_client_may_choose_how_the_server_sends_unless_the_listener_forbids_it()
    {
        var wish = new ConnectionOptions { PeerCongestion = CongestionProfile.Lossy };
        var free = new Pair(wish);
        free.RunUntil(() => free.Callee is not null);
        Assert.Equal(CongestionProfile.Lossy, free.Callee!.Options.Congestion);

        var strict = new Pair(wish, server: new EndpointOptions { ClientChoosesProfile = false });
        strict.RunUntil(() => strict.Callee is not null);
        Assert.Equal(CongestionProfile.Internet, strict.Callee!.Options.Congestion);
    }

    [Fact]
    public void A_server_started_anew_tells_its_old_clients_that_it_forgot_them()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open);
        pair.RunFor(100 * Ms);
        var restarted = new ArqEndpoint(new EndpointOptions { Accept = new ConnectionOptions() }, new SeededArqRandom(99), new byte[16]);
        byte[] buffer = new byte[2_000];
        pair.Caller.Write("anybody there"u8, pair.Now);
        pair.Caller.Flush(pair.Now);
        Assert.True(pair.Client.TryGetTransmit(buffer, pair.Now, out Transmit transmit));
        restarted.OnDatagram(Pair.ClientPath, buffer.AsSpan(0, transmit.Length), transmit.Length, pair.Now);
        Assert.True(restarted.TryGetTransmit(buffer, pair.Now, out Transmit answer));
        Assert.True(answer.Length < transmit.Length);
        pair.Client.OnDatagram(Pair.ServerPath, buffer.AsSpan(0, answer.Length), answer.Length, pair.Now);
        Assert.Equal(ArqCloseCode.Unknown, pair.Caller.CloseCode);
    }

    [Fact]
    public void A_server_started_with_another_secret_stays_silent()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open);
        var stranger = new ArqEndpoint(
            new EndpointOptions { Accept = new ConnectionOptions() }, new SeededArqRandom(99), Enumerable.Repeat((byte)1, 16).ToArray());
        byte[] buffer = new byte[2_000];
        pair.Caller.Write("anybody there"u8, pair.Now);
        pair.Caller.Flush(pair.Now);
        Assert.True(pair.Client.TryGetTransmit(buffer, pair.Now, out Transmit transmit));
        stranger.OnDatagram(Pair.ClientPath, buffer.AsSpan(0, transmit.Length), transmit.Length, pair.Now);
        Assert.False(stranger.TryGetTransmit(buffer, pair.Now, out _));
        Assert.Equal(1, stranger.Stats.UnknownConnection);
    }
}
