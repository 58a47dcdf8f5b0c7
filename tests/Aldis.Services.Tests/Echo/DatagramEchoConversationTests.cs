using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Echo;

public sealed class DatagramEchoConversationTests
{
    [Theory]
    [InlineData("udp://127.0.0.1:0")]
    [InlineData("udp://[::1]:0")]
    public async Task Each_datagram_comes_back_unchanged(string address)
    {
        await using ConversationServer server = await StartAsync(new RecordedEvents(), address);
        var endPoint = (IPEndPoint)server.Endpoints[0].EndPoint;
        using var client = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        client.ReceiveBufferSize = 1024 * 1024;
        await client.ConnectAsync(endPoint, TestContext.Current.CancellationToken);

        foreach (int length in new[] { 0, 1, 2, 511, 1472, 1473, 9000, 65_506, 65_507 })
        {
            byte[] sent = new byte[length];
            new Random(length).NextBytes(sent);
            await client.SendAsync(sent, TestContext.Current.CancellationToken);
            Assert.Equal(sent, await ReceiveAsync(client));
        }
    }

    [Fact]
    public async Task A_source_port_below_1024_gets_no_answer()
    {
        var events = new RecordedEvents();
        await using ConversationServer server = await StartAsync(events);
        using Socket privileged = BindBelow1024();
        using Socket ordinary = Bound();

        await privileged.SendToAsync("loop"u8.ToArray(), server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken);
        await ordinary.SendToAsync("hello"u8.ToArray(), server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken);

        // Datagrams over loopback keep their order: with the second answered, the first was not.
        Assert.Equal("hello", Encoding.ASCII.GetString(await ReceiveAsync(ordinary)));
        Assert.Equal(0, privileged.Available);
        await events.WaitForAsync(ServiceEventKind.DatagramRefused);
        ServiceEvent refused = Assert.Single(events.Of(ServiceEventKind.DatagramRefused));
        Assert.Contains("below 1024", refused.Detail, StringComparison.Ordinal);
        Assert.Equal(privileged.LocalEndPoint!.ToString(), refused.Peer);
    }

    [Fact]
    public async Task A_datagram_from_a_port_with_the_echos_own_number_gets_no_answer()
    {
        var events = new RecordedEvents();
        await using ConversationServer server = await StartAsync(events);
        int own = server.Endpoints[0].Port;
        using Socket twin = Bound(new IPEndPoint(IPAddress.Parse("127.0.0.2"), own));
        using Socket ordinary = Bound();

        await twin.SendToAsync("loop"u8.ToArray(), server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken);
        await ordinary.SendToAsync("hello"u8.ToArray(), server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken);

        Assert.Equal("hello", Encoding.ASCII.GetString(await ReceiveAsync(ordinary)));
        Assert.Equal(0, twin.Available);
        await events.WaitForAsync(ServiceEventKind.DatagramRefused);
        Assert.Contains("own", Assert.Single(events.Of(ServiceEventKind.DatagramRefused)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_datagram_with_a_forged_source_does_not_make_two_echoes_answer_each_other()
    {
        var events = new RecordedEvents();
        await using ConversationServer server = new ConversationServer(new ServerOptions { Events = events })
            .Listen(EchoConversation.Descriptor, "udp://127.0.0.1:0")
            .Listen(EchoConversation.Descriptor, "udp://127.0.0.1:0");
        await server.StartAsync(TestContext.Current.CancellationToken);
        (BoundEndpoint one, BoundEndpoint other) = (server.Endpoints[0], server.Endpoints[1]);

        SendFrom(one.Port, other.Port, "loop");

        ServiceEvent refused = await events.WaitForAsync(ServiceEventKind.DatagramRefused);
        Assert.Equal(("the source is another listener of this server", $"127.0.0.1:{one.Port}"), (refused.Detail, refused.Peer));
        using Socket ordinary = Bound();
        foreach (BoundEndpoint echo in server.Endpoints)
        {
            await ordinary.SendToAsync("hello"u8.ToArray(), echo.EndPoint, TestContext.Current.CancellationToken);
            Assert.Equal("hello", Encoding.ASCII.GetString(await ReceiveAsync(ordinary)));
        }

        Assert.Single(events.Of(ServiceEventKind.DatagramRefused));
    }

    [Fact]
    public async Task A_listener_that_has_gone_is_answered_like_anybody()
    {
        await using ConversationServer gone = await StartAsync(new RecordedEvents());
        var place = (IPEndPoint)gone.Endpoints[0].EndPoint;
        await gone.StopAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        await using ConversationServer server = await StartAsync(new RecordedEvents());
        using Socket next = Bound(place);

        await next.SendToAsync("hello"u8.ToArray(), server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken);

        Assert.Equal("hello", Encoding.ASCII.GetString(await ReceiveAsync(next)));
    }

    [Theory]
    [InlineData("udp://0.0.0.0:0")]
    [InlineData("udp://[::]:0")]
    public async Task What_comes_by_broadcast_gets_no_answer_and_is_told_of(string address)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells where a datagram was sent to.");
        var events = new RecordedEvents();
        await using ConversationServer server = await StartAsync(events, address);
        using Socket sender = Bound();
        sender.EnableBroadcast = true;

        await sender.SendToAsync(
            "all"u8.ToArray(), new IPEndPoint(IPAddress.Parse("127.255.255.255"), server.Endpoints[0].Port), TestContext.Current.CancellationToken);
        await sender.SendToAsync(
            "one"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Port), TestContext.Current.CancellationToken);

        Assert.Equal("one", Encoding.ASCII.GetString(await ReceiveAsync(sender)));
        await events.WaitForAsync(ServiceEventKind.DatagramRefused);
        Assert.Equal(ServiceEventCause.Broadcast, Assert.Single(events.Of(ServiceEventKind.DatagramRefused)).Cause);
    }

    [Fact]
    public async Task Beyond_the_rate_that_the_address_allows_datagrams_are_dropped_counted_and_told_once()
    {
        const int Sent = 500;
        var events = new RecordedEvents();
        await using ConversationServer server = await StartAsync(events, "udp://127.0.0.1:0?rate=10");
        using Socket sender = Bound();
        for (int count = 0; count < Sent; count++)
        {
            await sender.SendToAsync("x"u8.ToArray(), server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken);
        }

        // Datagrams over loopback keep their order: when the last is refused for another reason, all before it were looked at.
        using Socket twin = Bound(new IPEndPoint(IPAddress.Parse("127.0.0.2"), server.Endpoints[0].Port));
        await twin.SendToAsync("last"u8.ToArray(), server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken);
        await events.WaitForAsync(static what => what.Cause == ServiceEventCause.SourcePort);
        Assert.Equal("x", Encoding.ASCII.GetString(await ReceiveAsync(sender)));
        await server.StopAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);

        ServiceEvent[] refused = [.. events.All.Where(static what => what.Cause == ServiceEventCause.RateLimit)];
        int answered = 1;
        while (sender.Available > 0)
        {
            await ReceiveAsync(sender);
            answered++;
        }

        Assert.Equal(Sent, answered + refused.Sum(static what => 1 + what.Further));
        Assert.InRange(refused.Length, 1, 10);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("fast")]
    [InlineData("-1")]
    [InlineData("9999999999")]
    public async Task A_rate_that_is_none_is_refused_with_a_sentence(string rate)
    {
        FormatException wrong = await Assert.ThrowsAsync<FormatException>(() => StartAsync(new RecordedEvents(), $"udp://127.0.0.1:0?rate={rate}"));

        Assert.Contains($"rate={rate}: write how many", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Streams_have_no_rate() =>
        Assert.Contains(
            "unknown option rate",
            Assert.Throws<FormatException>(() => new ConversationServer().Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:0?rate=5")).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task A_sender_that_left_does_not_stop_the_echo()
    {
        await using ConversationServer server = await StartAsync(new RecordedEvents());
        for (int count = 0; count < 20; count++)
        {
            using Socket gone = Bound();
            await gone.SendToAsync("bye"u8.ToArray(), server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken);
        }

        using Socket client = Bound();
        await client.SendToAsync("hello"u8.ToArray(), server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken);
        Assert.Equal("hello", Encoding.ASCII.GetString(await ReceiveAsync(client)));
    }

    private static async Task<ConversationServer> StartAsync(RecordedEvents events, string address = "udp://127.0.0.1:0")
    {
        ConversationServer server = new ConversationServer(new ServerOptions { Events = events })
            .Listen(EchoConversation.Descriptor, address);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    // A UDP header by hand (RFC 768): source, destination, length, and no checksum.
    private static void SendFrom(int source, int destination, string text)
    {
        byte[] datagram = [0, 0, 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)];
        BinaryPrimitives.WriteUInt16BigEndian(datagram, (ushort)source);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), (ushort)destination);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)datagram.Length);
        try
        {
            using var raw = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp);
            raw.SendTo(datagram, new IPEndPoint(IPAddress.Loopback, 0));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
        {
            Assert.Skip("This user may not forge a datagram: run as root to see this test.");
        }
    }

    private static Socket Bound(IPEndPoint? to = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(to ?? new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static Socket BindBelow1024()
    {
        for (int port = 1023; port > 900; port--)
        {
            try
            {
                return Bound(new IPEndPoint(IPAddress.Loopback, port));
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Somebody has it; the next will do.
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
            {
                Assert.Skip("This user may not bind a port below 1024: run as root to see this test.");
            }
        }

        throw new InvalidOperationException("No port below 1024 is free.");
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket)
    {
        byte[] buffer = new byte[70_000];
        int length = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).InTime();
        return buffer[..length];
    }
}
