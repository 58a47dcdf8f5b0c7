using System.Net;
using System.Net.Sockets;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Dialing;
using Aldis.Transports.Tests.Connections;

namespace Aldis.Transports.Tests.Dialing;

/// <summary>What the system holds of what was written to a client's connection.</summary>
public sealed class HeldBytesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tcp_holds_what_a_peer_does_not_read_and_nothing_once_it_has()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells.");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await HoldsWhatIsNotReadAsync(listener, $"tcp://{listener.LocalEndPoint}");
    }

    [Fact]
    public async Task A_unix_socket_holds_what_a_peer_does_not_read_and_nothing_once_it_has()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells.");
        using var directory = new TemporaryDirectory();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(directory.Combine("held.sock")));
        await HoldsWhatIsNotReadAsync(listener, $"unix:{directory.Combine("held.sock")}");
    }

    [Fact]
    public async Task Arq_holds_what_the_peer_has_not_acknowledged()
    {
        await using TransportHost host = await TransportHost.StartAsync(
            builder => builder.UseAldisArq(),
            static connection => Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input),
            new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));
        await using ClientConnection connection = await Dialer.ConnectAsync(
            EndpointAddress.Parse($"arq://{((ArqEndPoint)host.EndPoint).Udp}"), cancellationToken: Stop);
        Task writing = connection.Stream.WriteAsync(new byte[100_000_000], Stop).AsTask();
        while (connection.HeldBytes == 0)
        {
            Assert.False(writing.IsCompleted, "All of it was acknowledged at once.");
            await Task.Yield();
        }

        connection.Abort();
        await Task.WhenAny(writing);
    }

    private static async Task HoldsWhatIsNotReadAsync(Socket listener, string address)
    {
        const int Length = 20_000_000;
        listener.Listen();
        ClientConnection connection = await Dialer.ConnectAsync(EndpointAddress.Parse(address), cancellationToken: Stop);
        using Socket peer = await listener.AcceptAsync(Stop);
        Assert.Equal(0, connection.HeldBytes);
        Task writing = connection.Stream.WriteAsync(new byte[Length], Stop).AsTask();
        while (connection.HeldBytes == 0)
        {
            Assert.False(writing.IsCompleted, "All of it was taken at once.");
            await Task.Yield();
        }

        byte[] buffer = new byte[1 << 20];
        for (int read = 0; read < Length;)
        {
            read += await peer.ReceiveAsync(buffer, Stop);
        }

        await writing.InTime();
        while (connection.HeldBytes > 0)
        {
            await Task.Yield();
        }

        await connection.DisposeAsync();
        Assert.Equal(0, connection.HeldBytes);
    }
}
