using System.Net;
using Aldis.Services.Ack;
using Aldis.Services.Events;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Ack;

public sealed class AckConversationTests
{
    private const string Answer = "ACK received";

    [Fact]
    public async Task Each_text_is_answered_with_the_twelve_bytes()
    {
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler());
        using LabClient client = await server.ConnectAsync();

        foreach (string text in new[] { "Hello", "grüß dich", "x" })
        {
            await client.SendAsync(text);
            Assert.Equal(Answer, await client.ReceiveOnceAsync());
        }
    }

    [Fact]
    public async Task The_server_serves_on_after_clients_left_in_any_way()
    {
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler());
        for (int round = 0; round < 5; round++)
        {
            using LabClient client = await server.ConnectAsync();
            await client.SendAsync("Hello");
            Assert.Equal(Answer, await client.ReceiveOnceAsync());
            if (round % 2 == 0)
            {
                client.Reset();
            }
        }

        Assert.Equal(5, server.Events.Of(ServiceEventKind.ConnectionOpened).Length);
    }

    [Fact]
    public async Task Many_clients_are_served_at_once()
    {
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler());
        List<LabClient> clients = [];
        for (int count = 0; count < 50; count++)
        {
            clients.Add(await server.ConnectAsync());
        }

        // All are open; the last to come is the first to be answered.
        foreach (LabClient client in Enumerable.Reverse(clients))
        {
            await client.SendAsync("Hello");
            Assert.Equal(Answer, await client.ReceiveOnceAsync());
        }

        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_text_sent_before_the_half_close_is_still_answered()
    {
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync("Hello");
        client.FinishWriting();

        Assert.Equal(Answer, await client.ReceiveTextToEndAsync());
    }

    [Fact]
    public async Task A_preface_is_text_like_any_other()
    {
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync("ALDIS/1 ack client=a");

        Assert.Equal(Answer, await client.ReceiveOnceAsync());
    }

    [Fact]
    public async Task With_lines_each_newline_is_answered_once_however_the_text_is_split()
    {
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler(new AckOptions { PerLine = true }));
        using LabClient client = await server.ConnectAsync();

        foreach (string piece in new[] { "one\ntwo\nth", "re", "e\n", "\n", "unfinished" })
        {
            await client.SendAsync(piece);
        }

        client.FinishWriting();

        Assert.Equal(string.Concat(Enumerable.Repeat(Answer, 4)), await client.ReceiveTextToEndAsync());
    }

    [Fact]
    public async Task A_character_split_across_reads_is_shown_whole()
    {
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler());
        using LabClient client = await server.ConnectAsync();
        byte[] text = "a€"u8.ToArray();

        await client.SendAsync(text.AsMemory(0, 2));
        Assert.Equal(Answer, await client.ReceiveOnceAsync());
        await client.SendAsync(text.AsMemory(2));
        Assert.Equal(Answer, await client.ReceiveOnceAsync());

        IEnumerable<byte> shown = server.Events.Of(ServiceEventKind.TextReceived).SelectMany(what => what.Payload.ToArray());
        Assert.Equal(text, shown);
        Assert.Equal([1], server.Events.Of(ServiceEventKind.TextReceived).Take(1).Select(what => what.Payload.Length));
    }

    [Fact]
    public async Task Clients_of_both_loopback_families_are_served()
    {
        Assert.SkipUnless(System.Net.Sockets.Socket.OSSupportsIPv6, "This machine has no IPv6.");
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler(), address: "tcp://[::1]:0");
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync("Hello");

        Assert.Equal(Answer, await client.ReceiveOnceAsync());
        Assert.Equal(IPAddress.IPv6Loopback, ((IPEndPoint)server.EndPoint).Address);
    }
}
