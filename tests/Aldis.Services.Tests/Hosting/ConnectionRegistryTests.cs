using Aldis.Services.Ack;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Hosting;

public sealed class ConnectionRegistryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TransportScheme.Tcp)]
    [InlineData(TransportScheme.Tls)]
    [InlineData(TransportScheme.Arq)]
    [InlineData(TransportScheme.ArqTls)]
    [InlineData(TransportScheme.Unix)]
    public async Task An_open_connection_is_listed_with_what_passed_and_a_closed_one_is_not(TransportScheme scheme)
    {
        (string options, string authority) = TestCertificate.Create(_directory);
        string address = scheme == TransportScheme.Unix
            ? $"unix:{_directory.Combine("socket")}"
            : $"{EndpointAddress.SchemeName(scheme)}://127.0.0.1:0";
        bool isTls = scheme is TransportScheme.Tls or TransportScheme.ArqTls;
        await using RunningServer server = await RunningServer.StartAsync(
            "ack", new AckHandler(), address: address + (isTls ? "?" + options : string.Empty));
        Assert.Empty(server.Server.Connections);

        string target = server.Server.Endpoints[0].Uri + (isTls ? "?cafile=" + authority : string.Empty);
        await using (AckClient client = await AckClient.ConnectAsync(target, cancellationToken: TestContext.Current.CancellationToken))
        {
            await client.SendAsync("hello", TestContext.Current.CancellationToken);
            await client.SendAsync("again", TestContext.Current.CancellationToken);
            OpenConnection open = Assert.Single(server.Server.Connections);
            Assert.Equal((1, "ack", scheme, isTls), (open.Number, open.Service, open.Transport, open.IsTls));
            Assert.Equal(2, open.Messages);
            Assert.NotEmpty(open.Peer);
            Assert.Null(open.Client);

            // The last answer may be counted just after the client has it.
            Assert.InRange(open.BytesReceived, 10, isTls ? 4096 : 10);
            Assert.InRange(open.BytesSent, 12, isTls ? 4096 : 24);
        }

        await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Empty(server.Server.Connections);
    }

    [Fact]
    public async Task A_client_that_named_its_id_is_listed_and_told_of_with_it()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        await using (MessagesClient client = MessagesClient.Open(
            EndpointAddress.Parse(server.Server.Endpoints[0].Uri), new MemoryOutbox("pump-7"), new MessagesClientOptions()))
        {
            await client.EnqueueAsync("one"u8.ToArray(), TestContext.Current.CancellationToken);
            await client.EnqueueAsync("two"u8.ToArray(), TestContext.Current.CancellationToken);
            await server.Events.WaitForAsync(static what => what.Sequence == 2);
            OpenConnection open = Assert.Single(server.Server.Connections);
            Assert.Equal(("pump-7", 2), (open.Client, open.Messages));
            await client.CompleteAsync(TestContext.Current.CancellationToken);
        }

        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Equal("pump-7", closed.Client);
        Assert.Equal(
            [("pump-7", 1), ("pump-7", 2)],
            server.Events.Of(ServiceEventKind.MessageReceived).Select(static what => (what.Client!, what.Sequence)));
    }

    [Fact]
    public void The_last_activity_is_when_a_look_at_the_deadlines_found_that_bytes_had_moved()
    {
        var today = new DateTimeOffset(2026, 5, 1, 6, 0, 0, TimeSpan.Zero);
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(new AckHandler());
        served.Tick(Seconds(10));
        Assert.Equal(today - Seconds(20), served.Describe(Seconds(20), today).LastActivityAt);
        connection.Send("hello"u8.ToArray());
        Assert.Equal(today, served.Describe(Seconds(20), today).LastActivityAt);
        served.Tick(Seconds(21));
        OpenConnection later = served.Describe(Seconds(25), today);
        Assert.Equal((today - Seconds(25), today - Seconds(4)), (later.OpenedAt, later.LastActivityAt));
    }

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);
}
