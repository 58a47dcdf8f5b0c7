using System.Net.Sockets;
using System.Text;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>The flows of the five lab programs against the real command, and the lines it shows for them.</summary>
public sealed class LabFlowTests(AllConversations all) : IClassFixture<AllConversations>
{
    private AldisProcess Server => all.Server;

    [Fact]
    public void Every_conversation_is_announced_with_its_port_and_the_level_is_said()
    {
        Assert.Equal(
            ["ack/tcp", "echo/tcp", "echo/udp", "exchange/tcp", "files/tcp", "messages/tcp"],
            Server.EndPoints.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("aldis: messages are acknowledged at level durable: written and synced to disk.", Server.ErrorLines);
        Assert.DoesNotContain(Server.ErrorLines, line => line.Contains("warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ack_shows_who_connected_and_what_was_said()
    {
        using LabClient client = await Server.ConnectAsync("ack");
        await Server.WaitForLineAsync($"Connected from {client.Address}");

        await client.SendAsync("first frame of ack");
        Assert.Equal("ACK received", await client.ReceiveOnceAsync());
        await client.SendAsync("grüß dich\r\n\u001b[31m");
        Assert.Equal("ACK received", await client.ReceiveOnceAsync());

        await Server.WaitForLineAsync("Client: first frame of ack");
        await Server.WaitForLineAsync(@"Client: grüß dich\r\n\u{1b}[31m");
    }

    [Fact]
    public async Task Echo_returns_text_and_shows_nothing()
    {
        using LabClient client = await Server.ConnectAsync("echo");
        await client.SendAsync("Hello, world");
        Assert.Equal("Hello, world", await client.ReceiveOnceAsync());
        client.FinishWriting();
        Assert.Empty(await client.ReceiveToEndAsync());

        Assert.DoesNotContain(Server.ErrorLines, line => line.Contains(client.Address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Echo_returns_datagrams()
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(Server.EndPoints["echo/udp"], TestContext.Current.CancellationToken);
        foreach (string text in new[] { "Hello, world", string.Empty, "again" })
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
            byte[] buffer = new byte[100];
            int length = await client.ReceiveAsync(buffer, TestContext.Current.CancellationToken).InTime();
            Assert.Equal(text, Encoding.ASCII.GetString(buffer, 0, length));
        }
    }

    [Fact]
    public async Task Exchange_shows_and_returns_what_was_said_and_serves_on_after_a_disconnect()
    {
        for (int round = 0; round < 3; round++)
        {
            using LabClient client = await Server.ConnectAsync("exchange");
            await Server.WaitForLineAsync($"Connected from {client.Address}");
            await client.SendAsync($"exchange round {round}");
            Assert.Equal($"exchange round {round}", await client.ReceiveOnceAsync());
            await Server.WaitForLineAsync($"Data received: exchange round {round}");
        }
    }

    [Fact]
    public async Task Files_greets_stores_and_shows_the_name()
    {
        byte[] sent = new byte[500_000];
        new Random(11).NextBytes(sent);
        string[] names = new string[2];
        for (int round = 0; round < 2; round++)
        {
            using LabClient client = await Server.ConnectAsync("files");
            await Server.WaitForLineAsync($"Connected from {client.Address}");
            await client.SendAsync("Hello from the client!");
            Assert.Equal("Hello from the server!", await client.ReceiveOnceAsync());
            await Server.WaitForLineAsync("Client: Hello from the client!");
            await client.SendAsync(sent);
            client.FinishWriting();
            Assert.Empty(await client.ReceiveToEndAsync());

            names[round] = round == 0 ? "received_file.txt" : "received_file-2.txt";
            await Server.WaitForLineAsync($"File received from {client.Address}: {names[round]}, 500000 bytes");
        }

        foreach (string name in names)
        {
            byte[] stored = await File.ReadAllBytesAsync(Path.Combine(all.FilesDirectory, name), TestContext.Current.CancellationToken);
            Assert.True(sent.AsSpan().SequenceEqual(stored));
        }
    }

    [Fact]
    public async Task Messages_shows_the_connection_the_count_and_each_text()
    {
        using LabClient client = await Server.ConnectAsync("messages");
        await Server.WaitForLineAsync($"[NEW CONNECTION] {client.Address} connected.");
        await Server.WaitForLineAsync("[ACTIVE CONNECTION] 1");
        using LabClient second = await Server.ConnectAsync("messages");
        await Server.WaitForLineAsync($"[NEW CONNECTION] {second.Address} connected.");
        await Server.WaitForLineAsync("[ACTIVE CONNECTION] 2");

        foreach (string text in new[] { "Hello World!", "grüß dich", string.Empty, LabFrame.Disconnect })
        {
            await client.SendAsync(LabFrame.Header(Encoding.UTF8.GetByteCount(text)));
            await client.SendAsync(text);
            Assert.Equal(LabFrame.Header(33), await client.ReceiveOnceAsync(64));
            Assert.Equal(LabFrame.ConfirmationText, await client.ReceiveOnceAsync());
            await Server.WaitForLineAsync($"[{client.Address}] {text}");
        }

        Assert.Empty(await client.ReceiveToEndAsync());
        await second.SendAsync(LabFrame.Of(new string('x', 300)));
        Assert.Equal(LabFrame.ConfirmationText, await second.ReceiveFrameAsync());
        await Server.WaitForLineAsync($"[{second.Address}] {new string('x', 200)}…");
    }

    [Fact]
    public async Task A_refused_message_is_shown_with_the_reason_the_client_was_told()
    {
        using LabClient client = await Server.ConnectAsync("messages");
        await client.SendAsync(LabFrame.Header("-5"));

        Assert.Equal("Message refused: the length has a sign", await client.ReceiveFrameAsync());
        await Server.WaitForLineAsync($"[{client.Address}] refused: the length has a sign");
        await Server.WaitForLineAsync($"Closed messages with {client.Address}: refused: the length has a sign");
    }
}
