using System.Text;
using Aldis.Services.Exchange;
using Aldis.Tests;
using Aldis.Transports;

namespace Aldis.Services.Tests.Exchange;

public sealed class ExchangeClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    public async Task A_reply_of_the_same_length_is_read_fully(int pieceSize)
    {
        await using Peer peer = Peer.ThatEchoes(pieceSize);
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        foreach (string message in new[] { "one", "zwei ü", new string('x', 1024) })
        {
            Assert.Equal(message, Encoding.UTF8.GetString((await client.ExchangeAsync(Encoding.UTF8.GetBytes(message), Stop)).Span));
        }
    }

    [Theory]
    [InlineData("no")]
    [InlineData("a longer answer than the question")]
    public async Task Another_reply_ends_when_the_peer_is_quiet(string reply)
    {
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            while (await socket.ReceiveAsync(new byte[64], stop) > 0)
            {
                // In one piece: as many bytes as the question had would be a whole reply where they came alone.
                await socket.SendAsync(Encoding.UTF8.GetBytes(reply), stop);
            }
        });
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        Assert.Equal(reply, Encoding.UTF8.GetString((await client.ExchangeAsync("ask me"u8.ToArray(), Stop)).Span[..]));
    }

    [Theory]
    [InlineData("ACK received", "an acknowledgement ends at once")]
    [InlineData("ask", "a beginning of the message ends with the time-out")]
    public async Task A_reply_that_may_be_one_already_does_not_wait_for_the_peer_to_be_quiet(string reply, string why)
    {
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            while (await socket.ReceiveAsync(new byte[64], stop) > 0)
            {
                await socket.SendAsync(Encoding.UTF8.GetBytes(reply), stop);
            }
        });
        var options = new ExchangeClientOptions { QuietTime = TimeSpan.FromHours(1), AnswerTimeout = TimeSpan.FromSeconds(1) };
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(peer.Address, options, Stop);
        Task<ReadOnlyMemory<byte>> exchange = client.ExchangeAsync("ask me"u8.ToArray(), Stop);
        ReadOnlyMemory<byte> received = await exchange.WaitAsync(TimeSpan.FromMinutes(1), Stop);
        Assert.True(reply == Encoding.UTF8.GetString(received.Span), why);
    }

    [Fact]
    public async Task A_peer_that_never_stops_talking_is_cut_at_the_limit()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            while (true)
            {
                await socket.SendAsync(new byte[4096], stop);
            }
        });
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        Assert.Equal(ExchangeClient.ReplyLimit, (await client.ExchangeAsync("x?"u8.ToArray(), Stop)).Length);
    }

    [Fact]
    public async Task Closing_without_a_reply_is_a_network_failure()
    {
        await using Peer peer = Peer.That(static (socket, stop) => Peer.ReadAsync(socket, 2, stop));
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.ExchangeAsync("hi"u8.ToArray(), Stop));
        Assert.Equal(CommunicationFailure.Network, failure.Failure);
    }

    [Fact]
    public async Task An_empty_message_is_no_message()
    {
        await using Peer peer = Peer.ThatEchoes();
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        await Assert.ThrowsAsync<ArgumentException>(() => client.ExchangeAsync(ReadOnlyMemory<byte>.Empty, Stop));
    }

    [Fact]
    public async Task Whoever_watches_between_two_messages_learns_at_once_that_the_peer_closed()
    {
        await using Peer peer = Peer.ThatClosesAtOnce();
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.WatchAsync(Stop));
        Assert.Equal(CommunicationFailure.Network, failure.Failure);
    }

    [Fact]
    public async Task Watching_can_be_stopped_as_often_as_one_likes_and_takes_nothing_from_the_replies()
    {
        await using Peer peer = Peer.ThatEchoes();
        await using ExchangeClient client = await ExchangeClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        foreach (string message in new[] { "one", "two", "three" })
        {
            using var stop = new CancellationTokenSource();
            Task watching = client.WatchAsync(stop.Token);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
            Assert.Equal(message, Encoding.UTF8.GetString((await client.ExchangeAsync(Encoding.UTF8.GetBytes(message), Stop)).Span));
        }
    }
}
