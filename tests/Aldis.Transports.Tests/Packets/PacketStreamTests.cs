using System.Net.Sockets;
using Aldis.Tests;
using Aldis.Transports.Packets;

namespace Aldis.Transports.Tests.Packets;

public sealed class PacketStreamTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_read_gives_bytes_of_one_packet_alone_and_loses_none()
    {
        (Socket peer, PacketStream stream) = await PairAsync();
        using (peer)
        await using (stream)
        {
            await peer.SendAsync("abcdef"u8.ToArray(), TestContext.Current.CancellationToken);
            await peer.SendAsync("gh"u8.ToArray(), TestContext.Current.CancellationToken);
            byte[] room = new byte[4];
            List<string> read = [];
            for (int count = 0; count < 3; count++)
            {
                int length = await stream.ReadAsync(room, TestContext.Current.CancellationToken);
                read.Add(System.Text.Encoding.UTF8.GetString(room, 0, length));
            }

            Assert.Equal(["abcd", "ef", "gh"], read);
        }
    }

    [Fact]
    public async Task A_long_write_is_several_packets_and_the_end_of_the_peer_is_the_end()
    {
        (Socket peer, PacketStream stream) = await PairAsync();
        using (peer)
        await using (stream)
        {
            await stream.WriteAsync(new byte[PacketSocket.MostSentBytes + 10], TestContext.Current.CancellationToken);
            byte[] room = new byte[PacketSocket.MostReceivedBytes];
            Assert.Equal(PacketSocket.MostSentBytes, await peer.ReceiveAsync(room, TestContext.Current.CancellationToken));
            Assert.Equal(10, await peer.ReceiveAsync(room, TestContext.Current.CancellationToken));
            peer.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await stream.ReadAsync(room, TestContext.Current.CancellationToken));
        }
    }

    private async Task<(Socket Peer, PacketStream Stream)> PairAsync()
    {
        var place = new UnixDomainSocketEndPoint(_directory.Combine("s"));
        using Socket listener = PacketSocket.Create(SocketType.Seqpacket);
        listener.Bind(place);
        listener.Listen();
        Socket client = PacketSocket.Create(SocketType.Seqpacket);
        await client.ConnectAsync(place, TestContext.Current.CancellationToken);
        return (await listener.AcceptAsync(TestContext.Current.CancellationToken), new PacketStream(client));
    }
}
