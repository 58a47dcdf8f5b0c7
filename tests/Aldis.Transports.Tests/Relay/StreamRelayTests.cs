using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;
using Aldis.Transports.Sockets;

namespace Aldis.Transports.Tests.Relay;

/// <summary>Real connections through a relay; what it decides is tested in Aldis.Protocols.Tests.</summary>
public sealed class StreamRelayTests : IDisposable
{
    private readonly Socket _target = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public StreamRelayTests()
    {
        _target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _target.Listen();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<LinkFaults> Harmless =>
    [
        LinkFaults.None,
        new LinkFaults { Delay = TimeSpan.FromMilliseconds(3), Jitter = TimeSpan.FromMilliseconds(2) },
        new LinkFaults { Loss = 0.2, RetransmissionDelay = TimeSpan.FromMilliseconds(1) },
        new LinkFaults { BitsPerSecond = 400_000_000 },
        new LinkFaults { SliceBytes = 1_000, SliceVariationBytes = 300 },
    ];

    public void Dispose() => _target.Dispose();

    [Theory]
    [MemberData(nameof(Harmless))]
    public async Task Whatever_delays_loses_no_byte_and_ends_as_the_sender_did(LinkFaults faults)
    {
        await using LinkRelay relay = Start(new LinkRelayOptions { ToTarget = faults, ToClient = faults });
        (Socket client, Socket server) = await OpenAsync(relay);
        using (client)
        using (server)
        {
            byte[] sent = RandomNumberGenerator.GetBytes(700_000);
            Task sending = Task.WhenAll(SendAllAsync(client, sent), SendAllAsync(server, sent));
            Assert.Equal(sent, await ReadToEndAsync(server));
            Assert.Equal(sent, await ReadToEndAsync(client));
            await sending;
        }

        await Wait.UntilAsync(() => relay.OpenClients == 0);
        Assert.Equal((2 * 700_000L, 2 * 700_000L, 0L), (relay.Counters.ReceivedBytes, relay.Counters.SentBytes, relay.Dropped));
    }

    [Fact]
    public async Task A_loss_costs_the_time_of_a_retransmission_and_no_byte()
    {
        await using LinkRelay relay = Start(new LinkRelayOptions
        {
            ToTarget = new LinkFaults { Loss = 1, RetransmissionDelay = TimeSpan.FromMilliseconds(1) },
        });
        (Socket client, Socket server) = await OpenAsync(relay);
        using (client)
        using (server)
        {
            await client.SendAsync("late"u8.ToArray(), Stop);
            Assert.Equal("late", await ReadTextAsync(server, 4));
            Assert.Equal((1, 0), (relay.Counters.Lost, relay.Dropped));
        }
    }

    [Fact]
    public async Task What_is_reset_after_some_bytes_delivers_these_and_both_sides_see_it()
    {
        await using LinkRelay relay = Start(Broken(new StreamBreak(StreamBreakKind.Reset) { AfterBytes = 5 }));
        (Socket client, Socket server) = await OpenAsync(relay);
        using (client)
        using (server)
        {
            await client.SendAsync("hello, world"u8.ToArray(), Stop);
            Assert.Equal("hello", await ReadTextAsync(server, 5));
            await AssertResetAsync(server);
            await AssertResetAsync(client);
            Assert.Equal(1, relay.Counters.Reset);
        }
    }

    [Fact]
    public async Task A_reset_that_waits_for_more_swallows_what_comes_next()
    {
        await using LinkRelay relay = Start(Broken(new StreamBreak(StreamBreakKind.Reset) { AfterBytes = 5, WaitsForMore = true }));
        (Socket client, Socket server) = await OpenAsync(relay);
        using (client)
        using (server)
        {
            await client.SendAsync("hello"u8.ToArray(), Stop);
            Assert.Equal("hello", await ReadTextAsync(server, 5));
            await server.SendAsync("and back"u8.ToArray(), Stop);
            Assert.Equal("and back", await ReadTextAsync(client, 8));
            await client.SendAsync("!"u8.ToArray(), Stop);
            await AssertResetAsync(server);
        }
    }

    [Fact]
    public async Task A_half_closed_direction_ends_and_the_other_goes_on()
    {
        await using LinkRelay relay = Start(Broken(new StreamBreak(StreamBreakKind.HalfClose) { AfterBytes = 5 }));
        (Socket client, Socket server) = await OpenAsync(relay);
        using (client)
        using (server)
        {
            await client.SendAsync("hello, world"u8.ToArray(), Stop);
            Assert.Equal("hello"u8.ToArray(), await ReadToEndAsync(server));
            await client.SendAsync("nobody hears this"u8.ToArray(), Stop);
            await server.SendAsync("still here"u8.ToArray(), Stop);
            Assert.Equal("still here", await ReadTextAsync(client, 10));
        }
    }

    [Fact]
    public async Task A_close_ends_both_directions_in_order()
    {
        await using LinkRelay relay = Start(Broken(new StreamBreak(StreamBreakKind.Close) { AfterBytes = 5 }));
        (Socket client, Socket server) = await OpenAsync(relay);
        using (client)
        using (server)
        {
            await client.SendAsync("hello, world"u8.ToArray(), Stop);
            Assert.Equal("hello"u8.ToArray(), await ReadToEndAsync(server));
            Assert.Empty(await ReadToEndAsync(client));
        }
    }

    [Fact]
    public async Task A_stall_holds_what_comes_until_it_is_lifted()
    {
        await using LinkRelay relay = Start(Broken(new StreamBreak(StreamBreakKind.Stall) { AfterBytes = 5 }));
        (Socket client, Socket server) = await OpenAsync(relay);
        using (client)
        using (server)
        {
            await client.SendAsync("hello, world"u8.ToArray(), Stop);
            Assert.Equal("hello", await ReadTextAsync(server, 5));
            await Wait.UntilAsync(() => relay.Counters.Stalled == 1);
            Assert.Equal(0, server.Available);

            relay.ToTarget = LinkFaults.None;
            Assert.Equal(", world", await ReadTextAsync(server, 7));
        }
    }

    [Fact]
    public async Task A_reset_can_be_ordered_for_connections_that_are_open()
    {
        await using LinkRelay relay = Start(new LinkRelayOptions());
        (Socket client, Socket server) = await OpenAsync(relay);
        using (client)
        using (server)
        {
            relay.ToClient = new LinkFaults { Breaks = [new StreamBreak(StreamBreakKind.Reset) { After = TimeSpan.FromMilliseconds(20) }] };
            await AssertResetAsync(client);
            await AssertResetAsync(server);
        }
    }

    [Fact]
    public async Task A_refusing_link_refuses_as_the_system_does_and_comes_back_to_its_port()
    {
        await using LinkRelay relay = Start(new LinkRelayOptions { ToTarget = new LinkFaults { IsRefusing = true } });
        await Wait.UntilAsync(() =>
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var failure = Record.Exception(() => probe.Connect(relay.EndPoint)) as SocketException;
            return failure?.SocketErrorCode == SocketError.ConnectionRefused;
        });

        relay.ToTarget = LinkFaults.None;
        await Wait.UntilAsync(() =>
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            return Record.Exception(() => probe.Connect(relay.EndPoint)) is null;
        });
    }

    [Fact]
    public async Task A_port_that_somebody_took_while_all_were_refused_is_told_of_and_taken_again()
    {
        var told = new TaskCompletionSource<(long Client, Exception Why)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using LinkRelay relay = Start(new LinkRelayOptions { Failed = (client, why) => told.TrySetResult((client, why)) });
        relay.ToTarget = new LinkFaults { IsRefusing = true };
        using (var thief = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await Wait.UntilAsync(() => Record.Exception(() => thief.Bind(relay.EndPoint)) is null);
            thief.Listen();
            relay.ToTarget = LinkFaults.None;
            (long client, Exception why) = await told.Task.InTime();
            Assert.Equal(0, client);
            Assert.StartsWith($"cannot listen on {relay.EndPoint}: another program has it", why.Message, StringComparison.Ordinal);
        }

        (Socket one, Socket other) = await OpenAgainAsync(relay);
        one.Dispose();
        other.Dispose();
    }

    [Fact]
    public async Task A_reset_of_one_side_reaches_the_other()
    {
        await using LinkRelay relay = Start(new LinkRelayOptions());
        (Socket client, Socket server) = await OpenAsync(relay);
        using (server)
        {
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
            await AssertResetAsync(server);
        }

        Assert.Equal(0, relay.Counters.Reset);
    }

    [Fact]
    public async Task A_target_that_nobody_serves_resets_the_client_and_is_told_of()
    {
        var address = (IPEndPoint)_target.LocalEndPoint!;
        _target.Dispose();
        var told = new TaskCompletionSource<(long, Exception)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using LinkRelay relay = LinkRelay.Start(
            EndpointAddress.Parse("tcp://127.0.0.1:0"),
            EndpointAddress.Parse($"tcp://{address}"),
            new LinkRelayOptions { Failed = (client, why) => told.SetResult((client, why)) });
        using Socket connection = await ConnectAsync(relay.EndPoint);
        await AssertResetAsync(connection);
        Assert.Equal(1, (await told.Task.InTime()).Item1);
    }

    [Fact]
    public async Task Where_descriptors_are_short_connections_are_reset_and_that_is_said_once()
    {
        await using StreamRelayListener relay = Bind(_target.LocalEndPoint!, out ConcurrentQueue<(long, string)> told, DescriptorBudget.Reserved);
        await AssertTurnsAwayAsync(relay, clients: 3);
        (long client, string why) = Assert.Single(told);
        Assert.Equal(0, client);
        Assert.Contains("turns connections away: the process has few file descriptors left", why, StringComparison.Ordinal);
        Assert.Equal((0, 0), (relay.ClientCount, relay.OpenCount));
    }

    [Fact]
    public async Task A_client_for_whom_there_is_no_socket_to_the_target_is_reset_told_of_and_no_end_of_the_others()
    {
        await using StreamRelayListener relay = Bind(new NoPlace(), out ConcurrentQueue<(long Client, string)> told);
        await AssertTurnsAwayAsync(relay, clients: 2);
        Assert.Equal([1, 1], told.Select(static one => one.Client));
    }

    private static StreamRelayListener Bind(EndPoint target, out ConcurrentQueue<(long, string)> told, int? maxDescriptors = null)
    {
        var failures = new ConcurrentQueue<(long, string)>();
        var options = new RelayOptions(new LinkPlan(seed: 1)) { IsStream = true, Failed = (client, why) => failures.Enqueue((client, why.Message)) };
        var relay = StreamRelayListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), target, options, maxDescriptors);
        relay.Start();
        told = failures;
        return relay;
    }

    private static async Task AssertTurnsAwayAsync(StreamRelayListener relay, int clients)
    {
        for (int count = 0; count < clients; count++)
        {
            using Socket client = await ConnectAsync(relay.EndPoint);
            await AssertResetAsync(client);
        }
    }

    private static LinkRelayOptions Broken(StreamBreak broken) => new() { ToTarget = new LinkFaults { Breaks = [broken] } };

    private LinkRelay Start(LinkRelayOptions options) =>
        LinkRelay.Start(EndpointAddress.Parse("tcp://127.0.0.1:0"), EndpointAddress.Parse($"tcp://{_target.LocalEndPoint}"), options);

    private async Task<(Socket Client, Socket Server)> OpenAsync(LinkRelay relay)
    {
        Task<Socket> accepting = _target.AcceptAsync(Stop).AsTask();
        return (await ConnectAsync(relay.EndPoint), await accepting.InTime());
    }

    private async Task<(Socket Client, Socket Server)> OpenAgainAsync(LinkRelay relay)
    {
        Socket? client = null;
        await Wait.UntilAsync(async () =>
        {
            try
            {
                client = await ConnectAsync(relay.EndPoint);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return (client!, await _target.AcceptAsync(Stop).AsTask().InTime());
    }

    private static async Task<Socket> ConnectAsync(EndPoint relay)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectWhateverFollowsAsync(relay);
        return client;
    }

    private static async Task SendAllAsync(Socket socket, byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), Stop);
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        int length;
        while ((length = await socket.ReceiveAsync(buffer, Stop).AsTask().InTime()) > 0)
        {
            all.Write(buffer, 0, length);
        }

        return all.ToArray();
    }

    private static async Task<string> ReadTextAsync(Socket socket, int bytes)
    {
        byte[] buffer = new byte[bytes];
        for (int at = 0; at < bytes;)
        {
            int length = await socket.ReceiveAsync(buffer.AsMemory(at), Stop).AsTask().InTime();
            Assert.NotEqual(0, length);
            at += length;
        }

        return Encoding.UTF8.GetString(buffer);
    }

    private static async Task AssertResetAsync(Socket socket)
    {
        SocketException reset = await Assert.ThrowsAsync<SocketException>(() => socket.ReceiveAsync(new byte[1], Stop).AsTask().InTime());
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    /// <summary>An address of a kind that no system has sockets for.</summary>
    private sealed class NoPlace : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Cluster;
    }
}
