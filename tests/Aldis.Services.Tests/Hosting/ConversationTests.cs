using System.Net;
using System.Net.Sockets;
using System.Text;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>A conversation is what its descriptor says, wherever it is served.</summary>
public sealed class ConversationTests : IDisposable
{
    private static readonly Conversation Upper = new()
    {
        Name = "upper",
        DefaultPort = 7002,
        Stream = static place => new UpperHandler(place.Address.HasOption("twice")),
        AddressOptions = [new AddressOption("twice", "each answer twice")],
    };

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("tls://127.0.0.1:0")]
    [InlineData("unix:PATH")]
    [InlineData("arq://127.0.0.1:0")]
    [InlineData("arq+tls://127.0.0.1:0")]
    public async Task One_descriptor_has_transports_options_limits_events_and_readiness_lines(string address)
    {
        bool isTls = address.Contains("tls", StringComparison.Ordinal);
        string certificate = isTls ? TestCertificate.Create(_directory).ListenerOptions + "&" : string.Empty;
        var events = new RecordedEvents();
        await using var server = new ConversationServer(
            new ServerOptions { Events = events, Limits = new ConnectionLimits { MaxConnections = 1, MaxUnixConnections = 1 } });
        server.Listen(Upper, address.Replace("PATH", _directory.Combine("upper.sock"), StringComparison.Ordinal) + $"?{certificate}twice");
        await server.StartAsync(Stop);
        BoundEndpoint bound = server.Endpoints[0];
        EndpointAddress place = EndpointAddress.Parse(bound.Uri + (isTls ? $"?cafile={_directory.Combine("cert.pem")}" : string.Empty));

        await using ClientConnection client = await Dialer.ConnectAsync(place, cancellationToken: Stop);
        await client.Stream.WriteAsync("ping"u8.ToArray(), Stop);
        byte[] answer = new byte[8];
        await client.Stream.ReadExactlyAsync(answer, Stop).AsTask().InTime();

        Assert.Equal("PINGPING", Encoding.ASCII.GetString(answer));
        Assert.StartsWith($"LISTEN service=upper proto={bound.Protocol} ", bound.ToReadinessLine(), StringComparison.Ordinal);
        Assert.Equal("upper", (await events.WaitForAsync(ServiceEventKind.ConnectionOpened)).Service);
        await Record.ExceptionAsync(async () => await (await Dialer.ConnectAsync(place, cancellationToken: Stop)).DisposeAsync());
        Assert.Equal("upper", (await events.WaitForAsync(ServiceEventKind.ConnectionRefused)).Service);
    }

    [Fact]
    public void The_transports_and_default_addresses_follow_from_what_it_is_made_of()
    {
        Assert.Equal(["tcp", "tls", "unix", "arq", "arq+tls", "unix+seqpacket"], Upper.Transports.Select(EndpointAddress.SchemeName));
        Assert.Equal(["tcp://localhost:7002", "arq://localhost:7002"], Texts(Upper.DefaultAddresses()));
        Assert.Equal(["tcp://[::1]:12345", "udp://[::1]:12345"], Texts(EchoConversation.Descriptor.DefaultAddresses("::1")));
        Conversation datagrams = EchoConversation.Descriptor with { Stream = null };
        Assert.Equal(["udp", "unix+dgram"], datagrams.Transports.Select(EndpointAddress.SchemeName));
        Assert.Equal(["udp://localhost:12345"], Texts(datagrams.DefaultAddresses()));
    }

    [Theory]
    [InlineData("ack", "tcp://127.0.0.1:0?linse=1", "unknown option linse: known here are lines; did you mean 'lines'?")]
    [InlineData("ack", "arq://127.0.0.1:0?linse=1", "unknown option linse: known here are frame")]
    [InlineData("messages", "tcp://127.0.0.1:0?lines=1", "unknown option lines: none is known here.")]
    [InlineData("messages", "arq://127.0.0.1:0?lines=1", "unknown option lines: known here are frame")]
    [InlineData("messages", "unix:/tmp/aldis-unused?lines=1", "unknown option lines: known here are mode")]
    [InlineData("exchange", "tcp://127.0.0.1:0?lines=1", "unknown option lines")]
    [InlineData("files", "tcp://127.0.0.1:0?lines=1", "unknown option lines")]
    [InlineData("echo", "tcp://127.0.0.1:0?lines=1", "unknown option lines")]
    [InlineData("echo", "udp://127.0.0.1:0?lines=1", "unknown option lines")]
    [InlineData("ack", "udp://127.0.0.1:0", "ack is a stream conversation and cannot be held over udp")]
    [InlineData("upper", "tcp://127.0.0.1:0?thrice", "unknown option thrice: known here are twice.")]
    public void What_a_conversation_does_not_know_is_refused(string name, string address, string part) => Assert.Contains(
        part,
        Assert.Throws<FormatException>(() => new ConversationServer().Listen(Of(name), address)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void An_option_that_TLS_does_not_know_is_refused() => Assert.Contains(
        "unknown option clientca: known here are cert, key, key-password-file, client-ca, min-version; did you mean 'client-ca'?",
        Assert.Throws<FormatException>(() => new ConversationServer().Listen(
            MessagesConversation.Descriptor,
            $"tls://127.0.0.1:0?{TestCertificate.Create(_directory).ListenerOptions}&clientca=x")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_conversation_of_datagrams_alone_says_over_what_it_is_held() => Assert.Contains(
        "echo cannot be held over tcp://127.0.0.1:0: use udp, unix+dgram.",
        Assert.Throws<FormatException>(
            () => new ConversationServer().Listen(EchoConversation.Descriptor with { Stream = null }, "tcp://127.0.0.1:0")).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    public void A_name_is_one_word(string name) => Assert.Throws<ArgumentException>(
        () => new ConversationServer().Listen(Upper with { Name = name }, "tcp://127.0.0.1:0"));

    [Fact]
    public async Task Endpoints_stand_in_the_order_of_the_calls_whatever_they_are()
    {
        await using ConversationServer server = new ConversationServer()
            .Listen(EchoConversation.Descriptor, "udp://127.0.0.1:0")
            .Listen(Upper, "arq://127.0.0.1:0")
            .Listen(EchoConversation.Descriptor, "udp://127.0.0.1:0")
            .Listen(Upper, "tcp://127.0.0.1:0");
        await server.StartAsync(Stop);

        Assert.Equal(
            ["echo udp", "upper arq", "echo udp", "upper tcp"],
            server.Endpoints.Select(static endpoint => $"{endpoint.Service} {endpoint.Protocol}"));
    }

    [Fact]
    public async Task Nothing_is_bound_before_the_start()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string place = probe.LocalEndPoint!.ToString()!;
        await using ConversationServer server = new ConversationServer().Listen(EchoConversation.Descriptor, $"udp://{place}");
        probe.Dispose();

        await server.StartAsync(Stop);

        Assert.Equal(place, server.Endpoints[0].EndPoint.ToString());
    }

    [Fact]
    public async Task A_datagram_port_that_is_bound_is_given_back_where_the_start_fails()
    {
        await using RunningServer taken = await RunningServer.StartAsync("ack", new AckHandler());
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint free = probe.LocalEndPoint!;
        probe.Dispose();
        await using ConversationServer server = new ConversationServer()
            .Listen(EchoConversation.Descriptor, $"udp://{free}")
            .Listen(Upper, $"tcp://{taken.EndPoint}");

        await Assert.ThrowsAsync<Transports.CommunicationException>(() => server.StartAsync(Stop));

        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        again.Bind(free);
    }

    [Fact]
    public async Task Connections_are_counted_for_a_conversation_and_not_for_a_place()
    {
        var events = new RecordedEvents();
        await using ConversationServer server = new ConversationServer(new ServerOptions { Events = events })
            .Listen(Upper, "tcp://127.0.0.1:0")
            .Listen(Upper, "arq://127.0.0.1:0")
            .Listen("other", "tcp://127.0.0.1:0", new EchoHandler());
        await server.StartAsync(Stop);

        var open = new List<ClientConnection>();
        foreach (BoundEndpoint endpoint in server.Endpoints)
        {
            ClientConnection client = await Dialer.ConnectAsync(EndpointAddress.Parse(endpoint.Uri), cancellationToken: Stop);
            await client.Stream.WriteAsync("x"u8.ToArray(), Stop);
            await events.WaitForAsync(what => what.Kind == ServiceEventKind.ConnectionOpened
                && what.Connection == open.Count + 1);
            open.Add(client);
        }

        Assert.Equal(
            ["upper 1", "upper 2", "other 1"],
            events.Of(ServiceEventKind.ConnectionOpened).Select(static what => $"{what.Service} {what.Active}"));
        foreach (ClientConnection client in open)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_server_that_is_started_says_so_and_one_that_is_stopped_too()
    {
        await using ConversationServer server = new ConversationServer().Listen(Upper, "tcp://127.0.0.1:0");
        await server.StartAsync(Stop);

        Assert.Throws<InvalidOperationException>(() => server.Listen(Upper, "tcp://127.0.0.1:0"));
        InvalidOperationException started = await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync(Stop));
        Assert.IsNotType<ObjectDisposedException>(started);

        await server.StopAsync(TimeSpan.Zero, Stop);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => server.StartAsync(Stop));
    }

    private static IEnumerable<string> Texts(IEnumerable<EndpointAddress> addresses) => addresses.Select(static address => address.ToString());

    private static Conversation Of(string name) => new[]
    {
        AckConversation.Descriptor, EchoConversation.Descriptor, ExchangeConversation.Descriptor, FilesConversation.Descriptor,
        MessagesConversation.Descriptor, Upper,
    }.Single(conversation => conversation.Name == name);

    private sealed class UpperHandler(bool isTwice) : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            while (await connection.Transport.Input.ReadAsync() is { Buffer.IsEmpty: false } read)
            {
                string answer = Encoding.ASCII.GetString(read.Buffer).ToUpperInvariant();
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(isTwice ? answer + answer : answer));
            }
        }
    }
}
