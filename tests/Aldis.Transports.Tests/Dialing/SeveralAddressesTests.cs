using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Dialing;
using Aldis.Transports.Tests.Connections;

namespace Aldis.Transports.Tests.Dialing;

/// <summary>Names with several addresses, one of which does not work, over every transport that has names.</summary>
public sealed class SeveralAddressesTests
{
    private static readonly IPAddress Bad = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress Good = IPAddress.Parse("127.0.0.3");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silent_first_address_does_not_keep_tcp_from_the_second()
    {
        using Socket listener = Listening(Good);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var silent = new SilentAddress(Bad, port);
        await using ClientConnection connection = await DialAsync($"tcp://device:{port}", Bad, Good);
        Assert.Equal(Good, ((IPEndPoint)connection.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task A_refusing_first_address_does_not_keep_tcp_from_the_second()
    {
        using Socket listener = Listening(Good);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        await using ClientConnection connection = await DialAsync($"tcp://device:{port}", Bad, Good);
        Assert.Equal(Good, ((IPEndPoint)connection.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task A_silent_first_address_does_not_keep_arq_from_the_second()
    {
        await using TransportHost host = await TransportHost.StartAsync(
            static builder => builder.UseAldisArq(), Handlers.Echo, new ArqEndPoint(new IPEndPoint(Good, 0)));
        int port = ((ArqEndPoint)host.EndPoint).Udp.Port;
        using Socket silent = SilentDatagrams(Bad, port);
        await using ClientConnection connection = await DialAsync($"arq://device:{port}", Bad, Good);
        Assert.Equal(Good, ((IPEndPoint)connection.RemoteEndPoint!).Address);
        await connection.Stream.WriteAsync("x"u8.ToArray(), Stop);
        Assert.Equal(1, await connection.Stream.ReadAsync(new byte[1], Stop).AsTask().InTime());
    }

    [Theory]
    [InlineData("arq://device:{0}?mode=go-back-n")]
    [InlineData("device:{0}")]
    public async Task An_arq_stream_takes_a_host_name_and_an_address_as_text(string text)
    {
        await using TransportHost host = await TransportHost.StartAsync(
            static builder => builder.UseAldisArq(), Handlers.Echo, new ArqEndPoint(new IPEndPoint(Good, 0)));
        int port = ((ArqEndPoint)host.EndPoint).Udp.Port;
        using Socket silent = SilentDatagrams(Bad, port);
        var options = new DialOptions { Resolve = (name, _) => Task.FromResult(name == "device" ? new[] { Bad, Good } : []) };
        await using ArqStream stream = await Dialer.ConnectArqAsync(
            string.Format(CultureInfo.InvariantCulture, text, port), options, Stop);

        await stream.WriteAsync("x"u8.ToArray(), Stop);
        Assert.Equal(1, await stream.ReadAsync(new byte[1], Stop).AsTask().InTime());
    }

    [Theory]
    [InlineData("tcp://device:1", "Dialer.ConnectAsync opens")]
    [InlineData("arq+tls://device:1", "Dialer.ConnectAsync opens")]
    [InlineData("unix:/device", "Dialer.ConnectAsync opens")]
    [InlineData("device", "names no port")]
    [InlineData("arq://device:1?mdoe=lossy", "mdoe")]
    [InlineData("arq://", "")]
    public async Task What_an_arq_stream_cannot_be_opened_to_is_said(string text, string sentence)
    {
        FormatException refusal = await Assert.ThrowsAsync<FormatException>(() => Dialer.ConnectArqAsync(text, cancellationToken: Stop));
        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_names_every_address_and_a_silent_one_makes_it_a_timeout()
    {
        int port = FreePort(Good);
        using var silent = new SilentAddress(Bad, port);
        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => DialAsync($"tcp://device:{port}", Bad, Good));
        Assert.Equal(CommunicationFailure.Timeout, failure.Failure);
        Assert.Contains("127.0.0.2 did not answer within 1 s", failure.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.3 refused the connection", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_refused_everywhere_is_a_network_failure_that_asks_the_right_question()
    {
        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => DialAsync($"tcp://device:{FreePort(Good)}", Bad, Good));
        Assert.Equal(CommunicationFailure.Network, failure.Failure);
        Assert.Contains("(127.0.0.2, 127.0.0.3)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("is the server running", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_without_addresses_is_not_known()
    {
        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(() => DialAsync("tcp://device:1"));
        Assert.Contains("device is not a known host name", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_datagram_socket_stays_with_the_address_that_answers()
    {
        using Socket server = SilentDatagrams(Good, 0);
        int port = ((IPEndPoint)server.LocalEndPoint!).Port;
        using Socket silent = SilentDatagrams(Bad, port);
        using ClientDatagramSocket client = await ClientDatagramSocket.ConnectAsync(
            EndpointAddress.Parse($"udp://device:{port}"), OptionsFor(Bad, Good), Stop);
        byte[] reply = new byte[100];
        ValueTask<int?> asking = client.AskAsync("anybody?"u8.ToArray(), reply, TimeSpan.FromSeconds(20), Stop);
        await EchoOnceAsync(server);
        Assert.Equal("anybody?".Length, await asking);

        await client.SendAsync("again"u8.ToArray(), Stop);
        await EchoOnceAsync(server);
        Assert.Equal("again".Length, await client.ReceiveAsync(reply, Stop));
        Assert.Equal(Good, ((IPEndPoint)client.RemoteEndPoint).Address);
    }

    [Fact]
    public async Task Where_no_address_answers_a_datagram_there_is_nothing_to_tell_them_apart_by()
    {
        using Socket silent = SilentDatagrams(Good, 0);
        int port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        using ClientDatagramSocket client = await ClientDatagramSocket.ConnectAsync(
            EndpointAddress.Parse($"udp://device:{port}"), OptionsFor(Bad, Good), Stop);
        Assert.Null(await client.AskAsync("anybody?"u8.ToArray(), new byte[100], TimeSpan.FromMilliseconds(600), Stop));

        // On the first one the system said that nobody listens.
        Assert.Equal(Good, ((IPEndPoint)client.RemoteEndPoint).Address);
    }

    private static Task<ClientConnection> DialAsync(string address, params IPAddress[] addresses) =>
        Dialer.ConnectAsync(EndpointAddress.Parse(address), OptionsFor(addresses), Stop);

    private static DialOptions OptionsFor(params IPAddress[] addresses) => new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(addresses.Length == 2 && addresses[0].Equals(Bad) ? 1 : 10),
        Resolve = (_, _) => Task.FromResult(addresses),
    };

    private static Socket Listening(IPAddress address)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        return listener;
    }

    private static int FreePort(IPAddress address)
    {
        using Socket listener = Listening(address);
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private static Socket SilentDatagrams(IPAddress address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, port));
        return socket;
    }

    private static async Task EchoOnceAsync(Socket server)
    {
        byte[] buffer = new byte[100];
        SocketReceiveFromResult received = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), Stop).AsTask().InTime();
        await server.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint, Stop);
    }
}
