using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>What a connection that ended, or one whose peer is elsewhere, still says (docs/arq.md sections 8 and 9).</summary>
public sealed class LateWordTests
{
    private const long Ms = Pair.Ms;
    private const long Second = 1_000 * Ms;

    /// <summary>Codes a peer has no business to say, that of an orderly end first.</summary>
    public static TheoryData<uint> CodesOfNoPeer => [0, 6, 7, 13, 999, 1U << 31, (1U << 31) + 1_000, uint.MaxValue];

    [Theory]
    [MemberData(nameof(CodesOfNoPeer))]
    public void Nothing_is_acknowledged_after_a_reset_whatever_its_code(uint code)
    {
        Pair pair = Opened();
        byte[] reset = Forge.Reset(pair.Callee!.Id, pair.Callee.Key, pair.Callee.Seed);
        PacketLayout.WriteUInt32(reset, PacketLayout.ResetCode, code);
        PacketLayout.Seal(reset, pair.Callee.Seed);
        pair.Inject(toServer: true, reset);
        pair.RunFor(1 * Ms);
        Assert.Equal((ConnectionState.Reset, ArqCloseCode.Aborted), (pair.Callee.State, pair.Callee.CloseCode));
        AssertStoresNothingAndSaysSo(pair);
    }

    [Fact]
    public void Nothing_is_acknowledged_after_an_abort_without_a_reason()
    {
        Pair pair = Opened();
        pair.Gate = (toServer, _) => toServer;
        pair.Callee!.Abort(ArqCloseCode.None, pair.Now);
        pair.RunFor(1 * Ms);
        Assert.Equal(ArqCloseCode.Aborted, pair.Callee.CloseCode);
        pair.Gate = null;
        AssertStoresNothingAndSaysSo(pair);
    }

    [Fact]
    public void An_application_s_code_arrives_as_it_was_given()
    {
        foreach (ArqCloseCode code in new[] { ArqCloseCode.Application, (ArqCloseCode)int.MaxValue })
        {
            Pair pair = Opened();
            pair.Caller.Abort(code, pair.Now);
            pair.RunFor(20 * Ms);
            Assert.Equal((code, TraceCause.Reset), (pair.Callee!.CloseCode, pair.Callee.CloseCause));
        }
    }

    [Fact]
    public void Who_ended_a_connection_is_known_on_both_sides()
    {
        Pair pair = Opened();
        pair.Caller.Abort(ArqCloseCode.Timeout, pair.Now);
        pair.RunFor(20 * Ms);
        Assert.Equal(TraceCause.Aborted, pair.Caller.CloseCause);
        Assert.Equal((ArqCloseCode.Timeout, TraceCause.Reset), (pair.Callee!.CloseCode, pair.Callee.CloseCause));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_memory_of_a_connection_never_says_more_than_its_peer_did(bool isInOrder)
    {
        Pair pair = Opened();
        if (isInOrder)
        {
            pair.Caller.Finish(pair.Now);
            pair.Callee!.Finish(pair.Now);
        }
        else
        {
            pair.Callee!.Abort(ArqCloseCode.Aborted, pair.Now);
        }

        pair.RunFor(Second);
        long answered = 0;
        byte[] late = Forge.Data(pair.Callee!, 1, 0, isInOrder ? 1 : 0, isInOrder ? (byte)0 : PacketLayout.DataFin);
        byte[] buffer = new byte[2_000];
        for (int count = 1; count <= 1_000; count++)
        {
            pair.Server.OnDatagram(Pair.ClientPath, late, late.Length, pair.Now);
            while (pair.Server.TryGetTransmit(buffer, pair.Now, out Transmit transmit))
            {
                answered += transmit.Length;
            }

            Assert.InRange(answered, count == 1 ? 1 : 0, PacketLayout.ConfirmLength + (count * late.Length));
        }
    }

    [Fact]
    public void An_acknowledgement_of_the_opening_counts_its_delay_from_the_opening()
    {
        const long Uptime = 400_000 * Second;
        foreach (ConnectionOptions options in new[] { new ConnectionOptions(), ConnectionOptions.GoBackN(300, 4) })
        {
            var client = new ArqEndpoint(new EndpointOptions(), new SeededArqRandom(3), new byte[16]);
            var server = new ArqEndpoint(new EndpointOptions { Accept = options }, new SeededArqRandom(4), new byte[16]);
            client.Connect(Pair.ServerPath, options, Uptime);
            byte[] ack = Exchange(client, server, Uptime);
            Assert.Equal(PacketType.Ack, PacketLayout.TypeOf(ack));
            Assert.True(AckPacket.TryParse(ack, out AckPacket parsed));
            Assert.Equal((0L, 0L), (parsed.Largest, parsed.DelayNs));
        }
    }

    [Fact]
    public void A_peer_whose_port_was_changed_on_the_way_is_told_and_may_come_back_at_once()
    {
        Pair pair = Opened();
        PathKey moved = Pair.ClientPath with { RemotePort = 40_001 };
        pair.Gate = (toServer, datagram) =>
        {
            if (toServer)
            {
                pair.Server.OnDatagram(moved, datagram, datagram.Length, pair.Now);
            }

            return !toServer;
        };
        pair.Caller.Write("still there?"u8, pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Reset, 20 * Ms);
        Assert.Equal((ArqCloseCode.Moved, TraceCause.Reset), (pair.Caller.CloseCode, pair.Caller.CloseCause));
        ArqConnection old = pair.Callee!;
        Assert.Equal((ConnectionState.Open, 0L), (old.State, old.ReadableBytes));

        ArqConnection next = pair.Client.Connect(Pair.ServerPath, new ConnectionOptions(), pair.Now);
        pair.RunUntil(() => next.State == ConnectionState.Open, 20 * Ms);
        Assert.Equal(2, pair.Server.ConnectionCount);
    }

    [Fact]
    public void What_somebody_else_repeats_from_another_address_ends_nothing()
    {
        Pair pair = Opened();
        byte[] copy = Forge.Data(pair.Callee!, 1, 0, 10);
        pair.Server.OnDatagram(PathKey.To([203, 0, 113, 9], 1_234), copy, copy.Length, pair.Now);
        byte[] buffer = new byte[2_000];
        Assert.True(pair.Server.TryGetTransmit(buffer, pair.Now, out Transmit answer));
        Assert.Equal(PathKey.To([203, 0, 113, 9], 1_234), answer.Path);
        Assert.True(answer.Length < copy.Length);
        pair.RunFor(20 * Ms);
        Assert.Equal((ConnectionState.Open, ConnectionState.Open), (pair.Caller.State, pair.Callee!.State));
    }

    [Fact]
    public void A_process_that_slept_longer_than_its_peer_waits_finds_a_clear_end()
    {
        foreach (bool readsFirst in new[] { true, false })
        {
            Pair pair = Opened(new ConnectionOptions { KeepAliveNs = 20 * Second });
            long woke = pair.Now + (75 * Second);
            byte[] buffer = new byte[2_000];
            List<byte[]> unread = [];
            while (pair.Server.NextDeadlineNs < woke)
            {
                long nowNs = pair.Server.NextDeadlineNs;
                pair.Server.OnTimer(nowNs);
                unread.AddRange(Drain(pair.Server, nowNs));
            }

            Assert.NotEmpty(unread);
            if (!readsFirst)
            {
                pair.Client.OnTimer(woke);
            }

            // Signs of life that waited in the socket make it believe that the peer is there: the peer's own word ends that.
            unread.ForEach(datagram => pair.Client.OnDatagram(Pair.ServerPath, datagram, datagram.Length, woke));
            pair.Client.OnTimer(woke);
            pair.Caller.Write("hello?"u8, woke);
            pair.Caller.Flush(woke);
            Drain(pair.Client, woke).ForEach(datagram => pair.Server.OnDatagram(Pair.ClientPath, datagram, datagram.Length, woke));
            Drain(pair.Server, woke).ForEach(datagram => pair.Client.OnDatagram(Pair.ServerPath, datagram, datagram.Length, woke));
            Assert.Equal(ArqCloseCode.Timeout, pair.Caller.CloseCode);
            Assert.Equal(readsFirst ? TraceCause.Reset : TraceCause.IdleTimeout, pair.Caller.CloseCause);
            Assert.Equal((ArqCloseCode.Timeout, TraceCause.IdleTimeout), (pair.Callee!.CloseCode, pair.Callee.CloseCause));
            Assert.Equal(0, pair.Client.ConnectionCount + pair.Server.ConnectionCount);
            pair.Client.Connect(Pair.ServerPath, new ConnectionOptions(), woke);
            Assert.True(pair.Client.TryGetTransmit(buffer, woke, out _));
        }
    }

    private static void AssertStoresNothingAndSaysSo(Pair pair)
    {
        pair.Caller.Write(new byte[200], pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Reset, 10 * Second);
        Assert.Equal((ArqCloseCode.Aborted, TraceCause.Reset), (pair.Caller.CloseCode, pair.Caller.CloseCause));
        Assert.Equal(0, pair.Caller.Stats.BytesAcknowledged);
        Assert.Equal(0, pair.Callee!.ReadableBytes);
    }

    /// <summary>SYN, SYNACK and CONFIRM go their way; returns what the server says then.</summary>
    private static byte[] Exchange(ArqEndpoint client, ArqEndpoint server, long nowNs)
    {
        byte[] buffer = new byte[2_000];
        int length = 0;
        for (int step = 0; step < 4; step++)
        {
            (ArqEndpoint from, ArqEndpoint to) = step % 2 == 0 ? (client, server) : (server, client);
            Assert.True(from.TryGetTransmit(buffer, nowNs, out Transmit transmit));
            length = transmit.Length;
            if (step < 3)
            {
                to.OnDatagram(step % 2 == 0 ? Pair.ClientPath : Pair.ServerPath, buffer.AsSpan(0, length), length, nowNs);
            }
        }

        return buffer[..length];
    }

    private static List<byte[]> Drain(ArqEndpoint from, long nowNs)
    {
        List<byte[]> datagrams = [];
        byte[] buffer = new byte[2_000];
        while (from.TryGetTransmit(buffer.AsSpan(0, 1_200), nowNs, out Transmit transmit))
        {
            datagrams.Add(buffer[..transmit.Length]);
        }

        return datagrams;
    }

    private static Pair Opened(ConnectionOptions? options = null)
    {
        var pair = new Pair(options ?? new ConnectionOptions());
        pair.RunUntil(() => pair.Callee is not null && pair.Caller.State == ConnectionState.Open);
        pair.RunFor(20 * Ms);
        return pair;
    }
}
