using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Dialing;
using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Tests.Dialing;

public sealed class DialerTests
{
    [Fact]
    public async Task Localhost_is_found_on_either_family()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;

        await using ClientConnection connection = await Dialer.ConnectAsync(
            EndpointAddress.Parse($"localhost:{port}"), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(port, ((IPEndPoint)connection.RemoteEndPoint!).Port);
    }

    [Fact]
    public async Task Nobody_there_is_a_network_failure_that_asks_the_right_question()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(() => Dialer.ConnectAsync(
            EndpointAddress.Parse($"tcp://{bound.LocalEndPoint}"), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(CommunicationFailure.Network, failure.Failure);
        Assert.Contains("is the server running", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_does_not_speak_TLS_is_an_authentication_failure()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task answering = AnswerAsync(listener);

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(() => Dialer.ConnectAsync(
            EndpointAddress.Parse($"tls://{listener.LocalEndPoint}"), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(CommunicationFailure.Authentication, failure.Failure);
        await answering;

        static async Task AnswerAsync(Socket listener)
        {
            using Socket client = await listener.AcceptAsync(TestContext.Current.CancellationToken);
            await client.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_handshake_that_takes_too_long_breaks_the_connection_instead_of_ending_it_in_order()
    {
        var seen = new TaskCompletionSource<Exception?>();
        await using TransportHost host = await TransportHost.StartAsync(
            builder => builder.UseAldisArq(),
            async connection =>
            {
                seen.SetResult(await Record.ExceptionAsync(() => Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input)));

            },
            new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(() => Dialer.ConnectAsync(
            EndpointAddress.Parse($"arq+tls://{((ArqEndPoint)host.EndPoint).Udp}"),
            new DialOptions { ConnectTimeout = TimeSpan.FromSeconds(1) },
            TestContext.Current.CancellationToken));

        Assert.Equal(CommunicationFailure.Timeout, failure.Failure);
        Assert.IsType<ConnectionResetException>(
            await seen.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    [Fact]
    public Task A_datagram_address_is_no_stream() => Assert.ThrowsAsync<ArgumentException>(() => Dialer.ConnectAsync(
        EndpointAddress.Parse("udp://127.0.0.1:1"), cancellationToken: TestContext.Current.CancellationToken));
}
