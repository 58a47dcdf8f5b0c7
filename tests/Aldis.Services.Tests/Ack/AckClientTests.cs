using System.Text;
using Aldis.Services.Ack;
using Aldis.Tests;
using Aldis.Transports;

namespace Aldis.Services.Tests.Ack;

public sealed class AckClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_text_is_acknowledged_also_in_single_bytes()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            Assert.Equal("hello", await Peer.ReadAsync(socket, 5, stop));
            await Peer.SendByteByByteAsync(socket, "ACK received", stop);
        });
        await using AckClient client = await AckClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        Assert.Equal(1, await client.SendAsync("hello", Stop));
    }

    [Fact]
    public async Task A_long_text_goes_in_frames_each_acknowledged_before_the_next()
    {
        var frames = new List<int>();
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            int read;
            while ((read = await socket.ReceiveAsync(new byte[8192], stop)) > 0)
            {
                frames.Add(read);
                await socket.SendAsync("ACK received"u8.ToArray(), stop);
            }
        });
        await using AckClient client = await AckClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        Assert.Equal(3, await client.SendAsync(new string('x', 2500), Stop));
        Assert.Equal([1024, 1024, 452], frames);
    }

    [Fact]
    public async Task Another_answer_is_refused_with_what_came()
    {
        await using Peer peer = Peer.ThatSpeaksHttp();
        await using AckClient client = await AckClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.SendAsync("hello", Stop));
        Assert.Equal(CommunicationFailure.Refused, failure.Failure);
        Assert.Contains("'ACK received' was expected, 'HTTP/1.1 400' came", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_peer_is_a_timeout_and_the_callers_own_end_is_none()
    {
        await using Peer peer = Peer.ThatIsSilent();
        var options = new ClientOptions { AnswerTimeout = TimeSpan.FromMilliseconds(100) };
        await using (AckClient client = await AckClient.ConnectAsync(peer.Address, options, Stop))
        {
            var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.SendAsync("hello", Stop));
            Assert.Equal(CommunicationFailure.Timeout, failure.Failure);
        }

        using var caller = new CancellationTokenSource();
        await using AckClient another = await AckClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        Task<int> sending = another.SendAsync("hello", caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task Bytes_are_cut_at_character_borders()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            byte[] buffer = new byte[4096];
            int read;
            while ((read = await socket.ReceiveAsync(buffer, stop)) > 0)
            {
                new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(buffer, 0, read);
                await socket.SendAsync("ACK received"u8.ToArray(), stop);
            }
        });
        await using AckClient client = await AckClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        Assert.Equal(3, await client.SendAsync(string.Concat(Enumerable.Repeat("€", 1000)), Stop));
    }
}
