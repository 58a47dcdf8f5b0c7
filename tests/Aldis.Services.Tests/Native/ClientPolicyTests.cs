using System.Buffers;
using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Services.Native;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Tests.Native;

/// <summary>Who may be which client of a native conversation, and what one that may not is told.</summary>
public sealed class ClientPolicyTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MessageStore _store;

    public ClientPolicyTests() => _store = MessageStore.Open(new MessageStoreOptions { Directory = _directory.Combine("journal") });

    public async ValueTask DisposeAsync()
    {
        // A test may have been woken by the journal's own thread.
        await Task.Run(_store.Dispose);
        _directory.Dispose();
    }

    [Fact]
    public async Task The_token_that_is_shown_reaches_the_policy_and_lets_the_client_in()
    {
        RecordingPolicy policy = RecordingPolicy.Requiring("secret");
        using InMemoryConnection connection = Connect(policy);

        connection.Send(Unit("ALDIS/1 messages client=pump-7"));
        Assert.Empty(connection.ReceiveOnce());
        connection.Send(Unit("TOKEN secret") + Unit("5 1") + "hello");

        Assert.Equal(
            Unit("ALDIS/1 last=0 durable 1048576 256") + Unit("ACK 1 durable"), await connection.ReceiveTextAsync(128));
        Assert.Equal(["pump-7:", "pump-7:secret"], policy.Asked);
        Assert.Equal(("messages", "test peer"), (policy.Claims.First().Service, policy.Claims.First().Peer));
    }

    [Theory]
    [InlineData("TOKEN secret2", ClientVerdict.TokenRequired)]
    [InlineData("TOKEN secret2", ClientVerdict.Refused)]
    [InlineData("5 1", ClientVerdict.TokenRequired)]
    [InlineData("BYE", ClientVerdict.TokenRequired)]
    public async Task A_wrong_token_and_none_are_answered_with_error_token(string second, ClientVerdict verdict)
    {
        var events = new RecordedEvents();
        using InMemoryConnection connection = Connect(RecordingPolicy.Requiring("secret", verdict), events);

        connection.Send(Unit("ALDIS/1 messages client=pump-7") + Unit(second));
        connection.FinishWriting();

        await TurnedAwayAsync(connection, "token");
        Assert.Equal("preface: token", Assert.Single(events.Of(ServiceEventKind.MessageRefused)).Detail);
    }

    [Fact]
    public async Task A_client_that_may_not_be_whatever_it_shows_is_answered_with_error_client()
    {
        using InMemoryConnection connection = Connect(new RecordingPolicy((_, _) => new(ClientVerdict.Refused)));

        connection.Send(Unit("ALDIS/1 messages client=pump-7"));
        connection.FinishWriting();

        await TurnedAwayAsync(connection, "client");
    }

    [Fact]
    public async Task A_client_that_waits_without_its_token_is_told_so_when_its_time_is_over()
    {
        using InMemoryConnection connection = Connect(RecordingPolicy.Requiring("secret"));

        connection.Send(Unit("ALDIS/1 messages client=pump-7"));
        connection.Served.Tick(TimeSpan.FromSeconds(1));
        connection.Served.Tick(TimeSpan.FromSeconds(5));
        Assert.Empty(connection.ReceiveOnce());
        connection.Served.Tick(TimeSpan.FromSeconds(6));
        connection.FinishWriting();

        await TurnedAwayAsync(connection, "token");
    }

    [Fact]
    public async Task A_token_that_nobody_asked_for_is_ignored()
    {
        using InMemoryConnection connection = Connect(policy: null);

        connection.Send(Unit("ALDIS/1 messages client=pump-7") + Unit("TOKEN secret") + Unit("BYE"));

        Assert.Equal(Unit("ALDIS/1 last=0 durable 1048576 256") + Unit("BYE"), await connection.ReceiveTextAsync(128));
    }

    [Fact]
    public async Task A_policy_that_fails_lets_nobody_in_and_says_that_the_client_may_come_back()
    {
        var events = new RecordedEvents();
        using InMemoryConnection connection = Connect(
            new RecordingPolicy((_, _) => throw new InvalidOperationException("the directory is away")), events);

        connection.Send(Unit("ALDIS/1 messages client=pump-7"));

        Assert.Equal(Unit("NAK 0 shutting-down"), await connection.ReceiveTextAsync(64));
        await connection.Handling.InTime();
        Assert.Contains("the directory is away", Assert.Single(events.Of(ServiceEventKind.Fault)).Detail, StringComparison.Ordinal);
        Assert.Equal("failed: whether the client is allowed could not be told: the directory is away", connection.Served.CloseReason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_stops_does_not_wait_for_a_policy(bool heedsItsToken)
    {
        var never = new TaskCompletionSource<ClientVerdict>();
        using InMemoryConnection connection = Connect(
            new RecordingPolicy((_, stop) => new(heedsItsToken ? never.Task.WaitAsync(stop) : never.Task)));

        connection.Send(Unit("ALDIS/1 messages client=pump-7"));
        connection.Served.RequestStop(StopCause.Draining);

        Assert.Equal(Unit("NAK 0 shutting-down"), await connection.ReceiveTextAsync(64));
        await connection.Handling.InTime();
    }

    [Fact]
    public async Task Nobody_takes_an_id_over_before_he_is_allowed()
    {
        RecordingPolicy policy = RecordingPolicy.Requiring("secret");
        using InMemoryConnection first = Connect(policy);
        first.Send(Unit("ALDIS/1 messages client=pump-7") + Unit("TOKEN secret"));
        Assert.StartsWith("ALDIS/1 last=0", await first.ReceiveTextAsync(64), StringComparison.Ordinal);

        using InMemoryConnection stranger = Connect(policy);
        stranger.Send(Unit("ALDIS/1 messages client=pump-7") + Unit("TOKEN guess"));
        stranger.FinishWriting();
        await TurnedAwayAsync(stranger, "token");

        first.Send(Unit("5 1") + "hello");
        Assert.Equal(Unit("ACK 1 durable"), await first.ReceiveTextAsync(64));
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0", TransportScheme.Tcp)]
    [InlineData("unix:@aldis-policy", TransportScheme.Unix)]
    [InlineData("arq://127.0.0.1:0", TransportScheme.Arq)]
    public async Task The_policy_knows_what_carries_the_connection_and_the_clients_option_is_the_token_it_sees(
        string address, TransportScheme expected)
    {
        RecordingPolicy policy = RecordingPolicy.Requiring("secret");
        await using RunningServer server = await RunningServer.StartAsync("messages", new MessagesHandler(_store, policy), address: address);
        string reached = expected == TransportScheme.Unix
            ? address : $"{address[..address.IndexOf(':', StringComparison.Ordinal)]}://{server.EndPoint}";
        await using MessagesClient client = MessagesClient.Open(reached, "pump-7", new MessagesClientOptions { Token = "secret" });
        await client.EnqueueAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);

        MessageDelivery delivery = await client.CompleteAsync(TestContext.Current.CancellationToken).InTime();

        Assert.Equal((SenderEnd.Completed, 0), (delivery.End, delivery.Unacknowledged));
        Assert.All(policy.Claims, claim => Assert.Equal(expected, claim.Transport));
        Assert.Equal("secret", Encoding.ASCII.GetString(policy.Claims.Last().Token.Span));
    }

    [Fact]
    public async Task Another_conversation_shakes_hands_the_same_way()
    {
        using var connection = new InMemoryConnection();
        RecordingPolicy policy = RecordingPolicy.Requiring("secret");
        var handler = new FilesLike(policy);
        connection.Serve(handler);

        connection.Send(Unit("ALDIS/1 files client=pump-7") + Unit("TOKEN secret") + "what follows");
        await connection.Handling.InTime();

        Assert.Equal("files", policy.Claims.First().Service);
        Assert.Equal((HandshakeEnd.Accepted, "pump-7", "what follows"), (handler.End, handler.Client, handler.Left));
    }

    private static string Unit(string text) => text.PadRight(64);

    private static async Task TurnedAwayAsync(InMemoryConnection connection, string word)
    {
        Assert.Equal(Unit($"ALDIS/1 error={word}"), await connection.ReceiveTextAsync(64));
        await connection.Handling.InTime();
        Assert.Equal($"refused: error={word}", connection.Served.CloseReason);
    }

    private InMemoryConnection Connect(IClientPolicy? policy, IServiceEvents? events = null)
    {
        var connection = new InMemoryConnection();
        connection.Serve(new MessagesHandler(_store, policy), events);
        return connection;
    }

    /// <summary>A conversation of another name that shakes hands and looks at what is left.</summary>
    private sealed class FilesLike(IClientPolicy policy) : ConnectionHandler
    {
        public HandshakeEnd End { get; private set; }

        public string Client { get; private set; } = string.Empty;

        public string Left { get; private set; } = string.Empty;

        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            var served = ServedConnection.Of(connection);
            Assert.Equal(StreamForm.Native, await FormDetection.DetectAsync(connection.Transport.Input, served));
            var handshake = new NativeHandshake(connection, served, "files", policy, ServiceEventKind.FileRefused, Protocols.Access.ClientRights.None);
            End = await handshake.RunAsync();
            Client = handshake.Client;
            Left = Encoding.ASCII.GetString((await connection.Transport.Input.ReadAsync()).Buffer.ToArray());
        }
    }
}
