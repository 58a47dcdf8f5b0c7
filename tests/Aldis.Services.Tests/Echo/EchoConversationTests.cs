using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Echo;

public sealed class EchoConversationTests
{
    [Fact]
    public async Task The_labs_client_gets_its_text_back()
    {
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync("Hello, world");

        Assert.Equal("Hello, world", await client.ReceiveOnceAsync());
    }

    [Fact]
    public async Task Every_byte_comes_back_in_order_and_the_server_closes_after_the_half_close()
    {
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler());
        using LabClient client = await server.ConnectAsync();
        byte[] sent = new byte[8 * 1024 * 1024];
        new Random(7).NextBytes(sent);

        Task<byte[]> receiving = client.ReceiveToEndAsync();
        await client.SendAsync(sent);
        client.FinishWriting();

        byte[] received = await receiving;
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task What_is_unanswered_at_the_half_close_is_sent_before_the_close()
    {
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler());
        using LabClient client = await server.ConnectAsync(receiveBufferBytes: 4096);
        byte[] sent = new byte[200 * 1024];
        new Random(8).NextBytes(sent);

        // Nothing is read before the half-close, so that answers wait in every buffer there is.
        await client.SendAsync(sent);
        client.FinishWriting();

        byte[] received = await client.ReceiveToEndAsync();
        Assert.True(sent.AsSpan().SequenceEqual(received));
        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Null(closed.Detail);
    }

    [Fact]
    public async Task Connections_are_independent()
    {
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler());
        using LabClient first = await server.ConnectAsync();
        using LabClient second = await server.ConnectAsync();

        await first.SendAsync("first");
        await second.SendAsync("second");
        Assert.Equal("second", await second.ReceiveTextAsync(6));
        second.Reset();

        Assert.Equal("first", await first.ReceiveTextAsync(5));
        await first.SendAsync("still here");
        Assert.Equal("still here", await first.ReceiveTextAsync(10));
    }

    [Fact]
    public async Task A_preface_comes_back_like_any_other_bytes()
    {
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync("ALDIS/1 messages client=a");

        Assert.Equal("ALDIS/1 messages client=a", await client.ReceiveTextAsync(25));
    }
}
