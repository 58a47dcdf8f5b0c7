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
        Assert.Contains("own", Assert.Single(events.Of(ServiceEventKind.DatagramRefused)).Detail, StringComparison.Ordinal);
    }

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
