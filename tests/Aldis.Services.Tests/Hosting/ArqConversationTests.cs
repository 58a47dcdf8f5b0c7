using System.Net;
using System.Net.Sockets;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Protocols.Messages;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Hosting;

/// <summary>The same conversations over reliable datagrams, with every strategy and with TLS on top.</summary>
public sealed class ArqConversationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Strategies => new(
        "arq:", "arq:?mode=selective-repeat&profile=lossy", "arq:?mode=go-back-n&frame=700&window=16", "arq:?mode=stop-and-wait&frame=512", "arq+tls:");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task Text_is_acknowledged(string kind)
    {
        await using RunningServer server = await StartAsync(kind, "ack", new AckHandler(new AckOptions()));
        await using AckClient client = await AckClient.ConnectAsync(AddressOf(server, kind), cancellationToken: Stop);

        int frames = await client.SendAsync(new byte[3_000], Stop);

        Assert.Equal(3, frames);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task An_echo_returns_every_byte_and_the_end(string kind)
    {
        await using RunningServer server = await StartAsync(kind, "echo", new EchoHandler());
        await using EchoClient client = await EchoClient.ConnectAsync(AddressOf(server, kind), cancellationToken: Stop);
        byte[] sent = new byte[100_000];
        new Random(5).NextBytes(sent);

        ReadOnlyMemory<byte> reply = await client.ExchangeAsync(sent, Stop).InTime();
        await client.FinishAsync(Stop).InTime();

        Assert.True(reply.Span.SequenceEqual(sent));
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task What_is_said_is_answered_and_the_server_knows_who_said_it(string kind)
    {
        await using RunningServer server = await StartAsync(kind, "exchange", new ExchangeHandler());
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(AddressOf(server, kind), cancellationToken: Stop);

        for (int round = 0; round < 20; round++)
        {
            byte[] said = Encoding.UTF8.GetBytes($"round {round}");
            Assert.Equal(said, (await client.ExchangeAsync(said, Stop)).ToArray());
        }

        Assert.StartsWith("127.0.0.1:", server.Events.Of(ServiceEventKind.TextReceived)[0].Peer, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task A_file_arrives_whole(string kind)
    {
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Combine("files") });
        await using RunningServer server = await StartAsync(kind, "files", new FilesHandler(inbox));
        byte[] sent = new byte[1_000_000];
        new Random(7).NextBytes(sent);
        await using (PlainFilesClient client = await PlainFilesClient.ConnectAsync(AddressOf(server, kind), cancellationToken: Stop))
        {
            await client.SendAsync(new MemoryStream(sent), cancellationToken: Stop).InTime();
        }

        ServiceEvent received = await server.Events.WaitForAsync(ServiceEventKind.FileReceived);
        Assert.Equal(sent, await File.ReadAllBytesAsync(Path.Combine(inbox.Directory, received.Detail!), Stop));
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task Plain_messages_are_confirmed_and_the_farewell_is_answered(string kind)
    {
        await using RunningServer server = await StartAsync(kind, "messages", TestStore.NewHandler());
        await using PlainMessagesClient client = await PlainMessagesClient.ConnectAsync(AddressOf(server, kind), cancellationToken: Stop);

        await client.SendAsync("hello", Stop);
        await client.SendAsync(new byte[100_000], Stop);
        await client.DisconnectAsync(Stop);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task Native_messages_are_stored_once_from_an_outbox_across_a_restart_of_the_server(string kind)
    {
        string journal = _directory.Combine("journal");
        string[] texts = [.. Enumerable.Range(1, 400).Select(number => $"message {number}")];
        int port = 0;
        for (int start = 0; start < texts.Length; start += 200)
        {
            FileOutbox outbox = FileOutbox.Open(new OutboxOptions { Directory = _directory.Combine("outbox"), ClientId = "pump-7" });
            using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = journal });
            await using RunningServer server = await StartAsync(kind, "messages", new MessagesHandler(store), port);
            port = ((IPEndPoint)server.EndPoint).Port;
            await using MessagesClient client = MessagesClient.Open(EndpointAddress.Parse(AddressOf(server, kind)), outbox);
            foreach (string text in texts[start..(start + 200)])
            {
                await client.EnqueueAsync(Encoding.UTF8.GetBytes(text), Stop);
            }

            MessageDelivery delivery = await client.CompleteAsync(Stop).InTime();
            Assert.Equal((SenderEnd.Completed, 0), (delivery.End, delivery.Unacknowledged));
        }

        Assert.Equal(texts, Stored(journal, "pump-7"));
    }

    [Fact]
    public async Task TLS_with_a_certificate_nobody_vouched_for_is_an_authentication_failure()
    {
        await using RunningServer server = await StartAsync("arq+tls:", "echo", new EchoHandler());

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => EchoClient.ConnectAsync($"arq+tls://{server.EndPoint}", cancellationToken: Stop));

        Assert.Equal(CommunicationFailure.Authentication, failure.Failure);
    }

    [Fact]
    public async Task Where_nobody_listens_is_a_network_failure_found_without_waiting_for_the_limit()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string address = $"arq://{bound.LocalEndPoint}";
        bound.Dispose();

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => EchoClient.ConnectAsync(address, cancellationToken: Stop));

        Assert.Equal(CommunicationFailure.Network, failure.Failure);
        Assert.Contains("nobody listens", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_address_is_a_timeout()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(() => EchoClient.ConnectAsync(
            $"arq://{silent.LocalEndPoint}", new ClientOptions { ConnectTimeout = TimeSpan.FromMilliseconds(300) }, Stop));

        Assert.Equal(CommunicationFailure.Timeout, failure.Failure);
    }

    [Fact]
    public async Task A_client_beyond_the_limit_is_told_and_the_others_go_on()
    {
        var limits = new ConnectionLimits { MaxConnectionsPerAddress = 2 };
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler(), limits, address: "arq://127.0.0.1:0");
        string address = server.Server.Endpoints[0].Uri;
        await using EchoClient first = await EchoClient.ConnectAsync(address, cancellationToken: Stop);
        await using EchoClient second = await EchoClient.ConnectAsync(address, cancellationToken: Stop);
        await first.ExchangeAsync("first"u8.ToArray(), Stop);
        await second.ExchangeAsync("second"u8.ToArray(), Stop);

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(async () =>
        {
            await using EchoClient third = await EchoClient.ConnectAsync(address, cancellationToken: Stop);
            await third.ExchangeAsync("third"u8.ToArray(), Stop);
        });

        Assert.Equal(CommunicationFailure.Network, failure.Failure);
        await server.Events.WaitForAsync(ServiceEventKind.ConnectionRefused);
        Assert.Equal("first"u8.ToArray(), (await first.ExchangeAsync("first"u8.ToArray(), Stop)).ToArray());
    }

    [Fact]
    public async Task A_bound_address_is_announced_with_the_port_that_was_picked()
    {
        await using RunningServer server = await StartAsync("arq:", "echo", new EchoHandler());
        BoundEndpoint bound = server.Server.Endpoints[0];

        Assert.NotEqual(0, bound.Port);
        Assert.Equal($"LISTEN service=echo proto=arq addr=127.0.0.1 port={bound.Port}", bound.ToReadinessLine());
        Assert.Equal($"arq://127.0.0.1:{bound.Port}", bound.Uri);
    }

    [Fact]
    public async Task TCP_and_arq_have_the_same_port_number_in_one_server()
    {
        await using var server = new ConversationServer();
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)free.LocalEndPoint!).Port;
        free.Dispose();
        server.Listen("echo", $"tcp://127.0.0.1:{port}", new EchoHandler());
        server.Listen("echo", $"arq://127.0.0.1:{port}", new EchoHandler());
        await server.StartAsync(Stop);

        foreach (BoundEndpoint endpoint in server.Endpoints)
        {
            await using EchoClient client = await EchoClient.ConnectAsync(endpoint.Uri, cancellationToken: Stop);
            Assert.Equal("x"u8.ToArray(), (await client.ExchangeAsync("x"u8.ToArray(), Stop)).ToArray());
        }
    }

    [Theory]
    [InlineData("arq://127.0.0.1:0?mode=go-back-n", "client's to choose")]
    [InlineData("arq://127.0.0.1:0?lines&window=no", "window=no")]
    [InlineData("arq+tls://127.0.0.1:0", "needs a certificate")]
    public void A_wrong_listening_address_is_refused(string address, string part)
    {
        FormatException refusal = Assert.Throws<FormatException>(
            () => new ConversationServer().Listen(AckConversation.Descriptor, address));
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
    }

    private static List<string> Stored(string journal, string client)
    {
        var stored = new List<string>();
        using var reader = new JournalReader(journal, FileStorage.Instance, new JournalQuery { Client = client });
        while (reader.TryRead(out JournalMessage? message))
        {
            stored.Add(Encoding.UTF8.GetString(message.Payload.Span));
        }

        return stored;
    }

    private Task<RunningServer> StartAsync(
        string kind, string service, Microsoft.AspNetCore.Connections.ConnectionHandler handler, int port = 0)
    {
        string query = IsTls(kind) ? "?" + TestCertificate.Create(_directory).ListenerOptions : string.Empty;
        return RunningServer.StartAsync(service, handler, address: $"{(IsTls(kind) ? "arq+tls" : "arq")}://127.0.0.1:{port}{query}");
    }

    private string AddressOf(RunningServer server, string kind) => IsTls(kind)
        ? $"arq+tls://{server.EndPoint}?cafile={_directory.Combine("cert.pem")}"
        : $"arq://{server.EndPoint}{kind["arq:".Length..]}";

    private static bool IsTls(string kind) => kind == "arq+tls:";
}
