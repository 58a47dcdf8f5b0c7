using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;
using Aldis.Services.Echo;
using Aldis.Transports;

namespace Aldis.Services.Tests.Echo;

public sealed class DatagramEchoClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(DatagramLimits.MaxPayload)]
    public async Task A_datagram_comes_back(int size)
    {
        using Socket server = Bound();
        await using DatagramEchoClient client = await DatagramEchoClient.ConnectAsync(AddressOf(server), null, Stop);
        byte[] message = new byte[size];
        Random.Shared.NextBytes(message);
        Task<ReadOnlyMemory<byte>> exchange = client.ExchangeAsync(message, Stop);
        byte[] buffer = new byte[65_536];
        SocketReceiveFromResult received = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), Stop);
        server.SendTo(buffer.AsSpan(0, received.ReceivedBytes), received.RemoteEndPoint);
        Assert.Equal(message, (await exchange).ToArray());
    }

    [Fact]
    public async Task Nobody_there_is_a_network_failure()
    {
        int port;
        using (Socket server = Bound())
        {
            port = ((IPEndPoint)server.LocalEndPoint!).Port;
        }

        await using DatagramEchoClient client = await DatagramEchoClient.ConnectAsync($"udp://127.0.0.1:{port}", cancellationToken: Stop);
        var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.ExchangeAsync(new byte[8], Stop));
        Assert.Equal(CommunicationFailure.Network, failure.Failure);
    }

    [Fact]
    public async Task Silence_is_a_timeout()
    {
        using Socket server = Bound();
        var options = new ClientOptions { AnswerTimeout = TimeSpan.FromMilliseconds(100) };
        await using DatagramEchoClient client = await DatagramEchoClient.ConnectAsync(AddressOf(server), options, Stop);
        var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.ExchangeAsync(new byte[8], Stop));
        Assert.Equal(CommunicationFailure.Timeout, failure.Failure);
    }

    [Fact]
    public async Task A_silent_first_address_of_a_name_does_not_keep_an_exchange_from_the_second()
    {
        using Socket silent = Bound();
        int port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port));
        IPAddress[] addresses = [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")];
        var options = new ClientOptions { Resolve = (_, _) => Task.FromResult(addresses) };
        await using DatagramEchoClient client = await DatagramEchoClient.ConnectAsync($"udp://device:{port}", options, Stop);
        for (int round = 0; round < 2; round++)
        {
            byte[] message = [(byte)round, 2, 3];
            Task<ReadOnlyMemory<byte>> exchange = client.ExchangeAsync(message, Stop);
            byte[] buffer = new byte[100];
            SocketReceiveFromResult received = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), Stop);
            server.SendTo(buffer.AsSpan(0, received.ReceivedBytes), received.RemoteEndPoint);
            Assert.Equal(message, (await exchange).ToArray());
        }
    }

    private static string AddressOf(Socket server) => $"udp://{server.LocalEndPoint}";

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
