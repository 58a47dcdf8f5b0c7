using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Dialing;
using Aldis.Transports.Relay;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>What a server says of connections that it turned away, and of those that ended otherwise than in order.</summary>
public sealed class WhyItEndedTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_client_without_TLS_is_refused_with_the_reason_and_counted()
    {
        await using RunningServer server = await StartTlsAsync();
        using LabClient client = await server.ConnectAsync();
        await client.SendAsync("Hello, this is no TLS at all");
        ServiceEvent refused = await server.Events.WaitForAsync(ServiceEventKind.ConnectionRefused);
        Assert.Equal("the TLS handshake failed: what came was no TLS", refused.Detail);
        Assert.Equal(client.Address, refused.Peer);
        Assert.Equal(1, server.Server.Statistics.ConnectionsRefused);
        Assert.Equal(0, server.Server.Statistics.ConnectionsOpened);
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_handshake_is_refused_with_the_reason()
    {
        await using RunningServer server = await StartTlsAsync();
        using (LabClient client = await server.ConnectAsync())
        {
            await client.SendAsync("\x16\x03\x01");
        }

        ServiceEvent refused = await server.Events.WaitForAsync(ServiceEventKind.ConnectionRefused);
        Assert.Equal("it broke off the TLS handshake", refused.Detail);
    }

    [Fact]
    public async Task A_hundred_failing_handshakes_are_counted_and_are_few_events()
    {
        await using (RunningServer server = await StartTlsAsync())
        {
            for (int count = 0; count < 100; count++)
            {
                using LabClient client = await server.ConnectAsync();
                await client.SendAsync("Hello, this is no TLS at all");
                await client.WaitForEndAsync();
            }

            await server.Events.WaitForAsync(_ => server.Server.Statistics.ConnectionsRefused == 100);
            await server.Server.StopAsync(TimeSpan.Zero, Stop);
            ServiceEvent[] told = server.Events.Of(ServiceEventKind.ConnectionRefused);
            Assert.InRange(told.Length, 1, 50);
            Assert.Equal(100, told.Sum(static what => 1 + what.Further));
        }
    }

    [Fact]
    public async Task Bytes_that_TLS_did_not_seal_are_no_reset()
    {
        await using RunningServer server = await StartTlsAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.EndPoint, Stop);
        await using var plain = new NetworkStream(socket);
        await using var tls = new SslStream(plain, leaveInnerStreamOpen: true, static (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        await server.Events.WaitForAsync(ServiceEventKind.ConnectionOpened);
        await plain.WriteAsync("\x17\x03\x03\x00\x20this is not what was agreed upon."u8.ToArray(), Stop);
        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.StartsWith("broke: ", closed.Detail, StringComparison.Ordinal);
        Assert.Empty(server.Events.Of(ServiceEventKind.Fault));
    }

    [Fact]
    public async Task A_client_that_comes_over_another_connection_takes_over_and_that_is_said_and_counted()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient first = await server.ConnectAsync();
        await first.SendAsync("ALDIS/1 messages client=why-7".PadRight(64));
        Assert.StartsWith("ALDIS/1 ", await first.ReceiveTextAsync(64), StringComparison.Ordinal);
        using LabClient second = await server.ConnectAsync();
        await second.SendAsync("ALDIS/1 messages client=why-7".PadRight(64));
        Assert.StartsWith("ALDIS/1 ", await second.ReceiveTextAsync(64), StringComparison.Ordinal);
        await first.ReceiveToEndAsync();

        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Equal("taken over: client why-7 came over another connection", closed.Detail);
        Assert.Equal(first.Address, closed.Peer);
        Assert.Equal(1, server.Server.Statistics.ConnectionsTakenOver);
    }

    [Fact]
    public async Task A_client_that_breaks_the_form_is_closed_for_that_and_in_the_protocols_words()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();
        await client.SendAsync("ALDIS/1 messages client=why-7".PadRight(64) + "nonsense".PadRight(64));
        await client.ReceiveToEndAsync();
        Assert.Equal("refused: bad-frame", (await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed)).Detail);

        using LabClient other = await server.ConnectAsync();
        await other.SendAsync("ALDIS/1 telegrams client=why-7".PadRight(64));
        await other.ReceiveToEndAsync();
        ServiceEvent closed = await server.Events.WaitForAsync(
            what => what.Kind == ServiceEventKind.ConnectionClosed && what.Peer == other.Address);
        Assert.Equal("refused: error=service", closed.Detail);
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("messages")]
    public async Task An_arq_client_that_falls_silent_is_silent_and_did_not_reset(string service)
    {
        ConnectionHandler handler = service == "echo" ? new EchoHandler() : TestStore.NewHandler();
        await using RunningServer server = await RunningServer.StartAsync(service, handler, address: "arq://127.0.0.1:0");
        await using LinkRelay relay = LinkRelay.Start("udp://127.0.0.1:0", $"udp://{server.EndPoint}");
        var place = new ArqEndPoint((IPEndPoint)relay.EndPoint, ArqDefaults.Connection with { IdleTimeoutNs = 700_000_000, KeepAliveNs = 100_000_000 });
        await using ConnectionContext client = await new ArqConnectionFactory().ConnectAsync(place, Stop);
        await client.Transport.Output.WriteAsync("4".PadRight(64).Select(static letter => (byte)letter).ToArray(), Stop);
        await server.Events.WaitForAsync(ServiceEventKind.ConnectionOpened);
        relay.IsCut = true;

        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Matches("^(silent for 0.7 s|it took nothing of what was sent for .* s)$", closed.Detail);
        client.Abort();
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("arq")]
    public async Task A_client_that_resets_did_reset(string scheme)
    {
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler(), address: $"{scheme}://127.0.0.1:0");
        await using ClientConnection client = await Dialer.ConnectAsync(
            EndpointAddress.Parse(server.Server.Endpoints[0].Uri), cancellationToken: Stop);
        await client.Stream.WriteAsync("x"u8.ToArray(), Stop);
        await client.Stream.ReadExactlyAsync(new byte[1], Stop);
        client.Abort();
        Assert.Equal("reset by the client", (await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed)).Detail);
    }

    private Task<RunningServer> StartTlsAsync() => RunningServer.StartAsync(
        "echo", new EchoHandler(), address: "tls://127.0.0.1:0?" + TestCertificate.Create(_directory).ListenerOptions);
}
