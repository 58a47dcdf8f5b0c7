using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Impairment;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;

namespace Aldis.Transports.Tests.Relay;

/// <summary>Real datagrams through a relay; what it decides is tested in Aldis.Protocols.Tests.</summary>
public sealed class DatagramRelayTests : IDisposable
{
    private readonly Socket _target = NewSocket();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<bool> Portable => [false, true];

    private string Target => $"udp://{_target.LocalEndPoint}";

    public void Dispose() => _target.Dispose();

    [Theory]
    [MemberData(nameof(Portable))]
    public async Task Datagrams_keep_their_borders_in_both_directions(bool isPortable)
    {
        await using LinkRelay relay = Start(new LinkRelayOptions { IsPortable = isPortable });
        using Socket client = NewSocket();
        int[] lengths = [0, 1, 1_472, 1_472, 1_472, 700, 9_000, 0, 60_000, 3];
        foreach (int length in lengths)
        {
            await client.SendToAsync(new byte[length], relay.EndPoint, Stop);
        }

        EndPoint behind = relay.EndPoint;
        foreach (int length in lengths)
        {
            SocketReceiveFromResult received = await ReceiveAsync(_target);
            Assert.Equal(length, received.ReceivedBytes);
            behind = received.RemoteEndPoint;
        }

        foreach (int length in lengths)
        {
            await _target.SendToAsync(new byte[length], behind, Stop);
        }

        foreach (int length in lengths)
        {
            SocketReceiveFromResult answer = await ReceiveAsync(client);
            Assert.Equal((length, relay.EndPoint), (answer.ReceivedBytes, answer.RemoteEndPoint));
        }
    }

    [Theory]
    [MemberData(nameof(Portable))]
    public async Task Each_client_has_a_port_of_its_own_towards_the_target(bool isPortable)
    {
        await using LinkRelay relay = Start(new LinkRelayOptions { IsPortable = isPortable });
        using Socket one = NewSocket();
        using Socket other = NewSocket();
        await one.SendToAsync("one"u8.ToArray(), relay.EndPoint, Stop);
        EndPoint behindOne = (await ReceiveAsync(_target)).RemoteEndPoint;
        await other.SendToAsync("other"u8.ToArray(), relay.EndPoint, Stop);
        EndPoint behindOther = (await ReceiveAsync(_target)).RemoteEndPoint;
        await one.SendToAsync("one"u8.ToArray(), relay.EndPoint, Stop);

        Assert.NotEqual(behindOne, behindOther);
        Assert.Equal(behindOne, (await ReceiveAsync(_target)).RemoteEndPoint);
        await _target.SendToAsync("to the other"u8.ToArray(), behindOther, Stop);
        Assert.Equal("to the other".Length, (await ReceiveAsync(other)).ReceivedBytes);
        Assert.Equal((2, 2), (relay.Clients, relay.OpenClients));
    }

    [Fact]
    public async Task A_target_that_answers_from_another_port_is_followed_there_and_other_addresses_are_not()
    {
        await using LinkRelay relay = Start(new LinkRelayOptions());
        using Socket client = NewSocket();
        using Socket transfer = NewSocket();
        await client.SendToAsync("read"u8.ToArray(), relay.EndPoint, Stop);
        EndPoint behind = (await ReceiveAsync(_target)).RemoteEndPoint;
        await transfer.SendToAsync("first block"u8.ToArray(), behind, Stop);
        SocketReceiveFromResult block = await ReceiveAsync(client);
        Assert.Equal(("first block".Length, relay.EndPoint), (block.ReceivedBytes, block.RemoteEndPoint));

        await client.SendToAsync("acknowledgement"u8.ToArray(), relay.EndPoint, Stop);
        Assert.Equal("acknowledgement".Length, (await ReceiveAsync(transfer)).ReceivedBytes);

        if (OperatingSystem.IsLinux())
        {
            using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            stranger.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            await stranger.SendToAsync("not yours"u8.ToArray(), behind, Stop);
            await transfer.SendToAsync("second block"u8.ToArray(), behind, Stop);
            Assert.Equal("second block".Length, (await ReceiveAsync(client)).ReceivedBytes);
        }
    }

    [Fact]
    public async Task What_was_lost_can_be_asked_for()
    {
        await using LinkRelay relay = Start(new LinkRelayOptions { ToTarget = new LinkFaults { Loss = 1 } });
        using Socket client = NewSocket();
        await client.SendToAsync("lost"u8.ToArray(), relay.EndPoint, Stop);
        await Wait.UntilAsync(() => relay.Dropped == 1);

        relay.ToTarget = LinkFaults.None;
        await client.SendToAsync("arrives"u8.ToArray(), relay.EndPoint, Stop);
        Assert.Equal("arrives".Length, (await ReceiveAsync(_target)).ReceivedBytes);
        Assert.Equal((2, 1, 1), (relay.Counters.Received, relay.Counters.Sent, relay.Counters.Lost));
    }

    [Fact]
    public async Task A_pulled_cable_swallows_everything_until_it_is_back()
    {
        await using LinkRelay relay = Start(new LinkRelayOptions { ToTarget = new LinkFaults { Delay = TimeSpan.FromMilliseconds(1) } });
        using Socket client = NewSocket();
        relay.IsCut = true;
        await client.SendToAsync("swallowed"u8.ToArray(), relay.EndPoint, Stop);
        await Wait.UntilAsync(() => relay.Counters.Cut == 1);
        relay.IsCut = false;
        await client.SendToAsync("back"u8.ToArray(), relay.EndPoint, Stop);

        Assert.Equal("back".Length, (await ReceiveAsync(_target)).ReceivedBytes);
        Assert.Equal(TimeSpan.FromMilliseconds(1), relay.ToTarget.Delay);
    }

    [Fact]
    public async Task A_client_that_is_silent_is_forgotten_and_served_again_when_it_speaks()
    {
        await using LinkRelay relay = Start(new LinkRelayOptions { IdleTimeout = TimeSpan.FromMilliseconds(50) });
        using Socket client = NewSocket();
        await client.SendToAsync("first"u8.ToArray(), relay.EndPoint, Stop);
        EndPoint before = (await ReceiveAsync(_target)).RemoteEndPoint;
        await Wait.UntilAsync(() => relay.OpenClients == 0);

        await client.SendToAsync("again"u8.ToArray(), relay.EndPoint, Stop);
        Assert.NotEqual(before, (await ReceiveAsync(_target)).RemoteEndPoint);
        Assert.Equal(2, relay.Clients);
    }

    [Fact]
    public async Task One_client_too_many_takes_the_place_of_that_which_was_silent_longest()
    {
        await using LinkRelay relay = Start(new LinkRelayOptions { MaximumClients = 2 });
        using Socket oldest = NewSocket();
        using Socket older = NewSocket();
        using Socket newest = NewSocket();
        EndPoint behindOldest = await AskAsync(oldest);
        EndPoint behindOlder = await AskAsync(older);
        await AskAsync(newest);

        Assert.Equal(2, relay.OpenClients);
        Assert.Equal(behindOlder, await AskAsync(older));
        Assert.NotEqual(behindOldest, await AskAsync(oldest));

        async Task<EndPoint> AskAsync(Socket client)
        {
            await client.SendToAsync("?"u8.ToArray(), relay.EndPoint, Stop);
            return (await ReceiveAsync(_target)).RemoteEndPoint;
        }
    }

    [Fact]
    public async Task Its_end_closes_the_ports_of_its_clients()
    {
        LinkRelay relay = Start(new LinkRelayOptions());
        using Socket client = NewSocket();
        await client.SendToAsync("x"u8.ToArray(), relay.EndPoint, Stop);
        EndPoint port = (await ReceiveAsync(_target)).RemoteEndPoint;
        await relay.DisposeAsync();

        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        again.Bind(port);
    }

    private LinkRelay Start(LinkRelayOptions options) =>
        LinkRelay.Start(EndpointAddress.Parse("udp://127.0.0.1:0"), EndpointAddress.Parse(Target), options);

    private static Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static Task<SocketReceiveFromResult> ReceiveAsync(Socket socket) =>
        socket.ReceiveFromAsync(new byte[65_536], new IPEndPoint(IPAddress.Any, 0), Stop).AsTask().InTime();
}
