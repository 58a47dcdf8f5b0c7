using Aldis.Services.Files;
using Aldis.Tests;
using Aldis.Transports;

namespace Aldis.Services.Tests.Files;

public sealed class PlainFilesClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_sent_is_counted_as_it_goes()
    {
        await using Peer peer = ThatTakes();
        await using PlainFilesClient client = await PlainFilesClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        var steps = new Steps();
        PlainFileResult result = await client.SendAsync(new MemoryStream(new byte[1_000_000]), steps, Stop);
        Assert.Equal(1_000_000, result.BytesSent);
        Assert.Equal(1_000_000, steps.Seen[^1]);
        Assert.Equal(steps.Seen.Order(), steps.Seen);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_to_its_end_breaks_the_connection()
    {
        var ended = new TaskCompletionSource<string>();
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 22, stop);
            await socket.SendAsync("Hello from the server!"u8.ToArray(), stop);
            try
            {
                while (await socket.ReceiveAsync(new byte[4096], stop) > 0)
                {
                }

                ended.SetResult("in order");
            }
            catch (System.Net.Sockets.SocketException exception)
            {
                ended.SetResult(exception.SocketErrorCode.ToString());
            }
        });
        await using PlainFilesClient client = await PlainFilesClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        IOException failure = await Assert.ThrowsAsync<IOException>(() => client.SendAsync(new BadDisk(), cancellationToken: Stop));
        Assert.Equal("bad sector", failure.Message);
        Assert.Equal("ConnectionReset", await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop));
    }

    [Fact]
    public async Task A_server_that_speaks_instead_of_closing_is_heard()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 22, stop);
            await socket.SendAsync("Hello from the server!"u8.ToArray(), stop);
            await Peer.ReadAsync(socket, 3, stop);
            await socket.SendAsync("disk full"u8.ToArray(), stop);
        });
        await using PlainFilesClient client = await PlainFilesClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        var content = new MemoryStream("abc"u8.ToArray());
        var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.SendAsync(content, null, Stop));
        Assert.Equal(CommunicationFailure.Refused, failure.Failure);
        Assert.Contains("'disk full'", failure.Message, StringComparison.Ordinal);
    }

    private static Peer ThatTakes() => Peer.That(static async (socket, stop) =>
    {
        await Peer.ReadAsync(socket, 22, stop);
        await socket.SendAsync("Hello from the server!"u8.ToArray(), stop);
        while (await socket.ReceiveAsync(new byte[64 * 1024], stop) > 0)
        {
        }
    });

    private sealed class Steps : IProgress<long>
    {
        public List<long> Seen { get; } = [];

        public void Report(long value) => Seen.Add(value);
    }

    /// <summary>Gives some bytes, then fails.</summary>
    private sealed class BadDisk : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _reads++ < 3 ? ValueTask.FromResult(buffer.Length) : throw new IOException("bad sector");
    }
}
