using System.Diagnostics;
using System.Net.Sockets;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;
using Aldis.Transports;

namespace Aldis.Services.Tests.Hosting;

/// <summary>How a server starts and stops.</summary>
public sealed class StopTests : IDisposable
{
    // Longer than any test's patience: a stop that waited for it would fail the test.
    private static readonly TimeSpan LongGrace = TimeSpan.FromMinutes(10);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_stop_closes_idle_connections_at_once()
    {
        await using RunningServer server = await RunningServer.StartAsync("ack", new AckHandler());
        using LabClient idle = await server.ConnectAsync();
        using LabClient used = await server.ConnectAsync();
        await used.SendAsync("Hello");
        await used.ReceiveOnceAsync();

        await StopAsync(server);

        Assert.Empty(await idle.ReceiveToEndAsync());
        Assert.Empty(await used.ReceiveToEndAsync());
    }

    [Fact]
    public async Task A_message_in_flight_is_answered_before_the_server_stops()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();
        using LabClient idle = await server.ConnectAsync();
        // One send, so that the answer to the first message says that the beginning of the second is on the server too.
        await client.SendAsync(LabFrame.Of("first") + LabFrame.Header(5) + "he");
        await client.ReceiveFrameAsync();

        // The idle one ends when the stop has begun.
        Task stopping = server.Server.StopAsync(LongGrace, TestContext.Current.CancellationToken);
        await idle.WaitForEndAsync();
        await client.SendAsync("llo");

        Assert.Equal(LabFrame.Confirmation, await client.ReceiveTextToEndAsync());
        await stopping.InTime();
    }

    [Fact]
    public async Task A_file_in_flight_is_stored_before_the_server_stops()
    {
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Path });
        await using RunningServer server = await RunningServer.StartAsync("files", new FilesHandler(inbox));
        using LabClient client = await server.ConnectAsync();
        using LabClient idle = await server.ConnectAsync();
        await client.SendAsync("Hello from the client!the begin");
        await client.ReceiveOnceAsync();

        Task stopping = server.Server.StopAsync(LongGrace, TestContext.Current.CancellationToken);
        await idle.WaitForEndAsync();
        await client.SendAsync("ning and the end");
        client.FinishWriting();

        await stopping.InTime();
        Assert.Equal(
            "the beginning and the end",
            await File.ReadAllTextAsync(_directory.Combine(FilesHandler.PlainName), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_does_not_end_within_the_grace_is_cut()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();
        await client.SendAsync(LabFrame.Of("first") + LabFrame.Header(5));
        await client.ReceiveFrameAsync();

        await server.Server.StopAsync(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken).InTime();

        await client.WaitForEndAsync();
    }

    [Fact]
    public async Task A_stopped_server_takes_nobody_new()
    {
        RunningServer server = await RunningServer.StartAsync("ack", new AckHandler());
        await server.DisposeAsync();

        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => server.ConnectAsync());
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_in_the_failure()
    {
        await using RunningServer first = await RunningServer.StartAsync("ack", new AckHandler());
        await using ConversationServer second = new ConversationServer().Listen("echo", $"tcp://{first.EndPoint}", new EchoHandler());

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => second.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal(CommunicationFailure.Network, failure.Failure);
        Assert.StartsWith($"cannot listen on {first.EndPoint}: another program has it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_datagram_port_that_is_taken_is_named_in_the_failure()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        await using ConversationServer server = new ConversationServer()
            .Listen(EchoConversation.Descriptor, $"udp://{taken.LocalEndPoint}");

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => server.StartAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith($"cannot listen on {taken.LocalEndPoint}: another program has it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_could_not_start_gives_its_other_ports_back()
    {
        await using RunningServer taken = await RunningServer.StartAsync("ack", new AckHandler());
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        string free = $"tcp://{probe.LocalEndPoint}";
        probe.Dispose();

        await using (ConversationServer failing = new ConversationServer()
            .Listen("echo", free, new EchoHandler())
            .Listen("echo", $"tcp://{taken.EndPoint}", new EchoHandler()))
        {
            await Assert.ThrowsAsync<CommunicationException>(() => failing.StartAsync(TestContext.Current.CancellationToken));
        }

        await using ConversationServer next = new ConversationServer().Listen("echo", free, new EchoHandler());
        await next.StartAsync(TestContext.Current.CancellationToken);
        Assert.Single(next.Endpoints);
    }

    private static Task StopAsync(RunningServer server)
    {
        Debug.Assert(LongGrace > LabClient.Patience);
        return server.Server.StopAsync(LongGrace, TestContext.Current.CancellationToken).InTime();
    }
}
