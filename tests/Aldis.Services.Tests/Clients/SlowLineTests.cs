using System.Net.Sockets;
using System.Text;
using Aldis.Services.Echo;
using Aldis.Services.Messages;
using Aldis.Tests;
using Aldis.Transports;

namespace Aldis.Services.Tests.Clients;

/// <summary>A line that is slow is no peer that is silent: the time-out of every client begins when what was sent has left.</summary>
public sealed class SlowLineTests
{
    private const int Length = 2_000_000;

    private static readonly ClientOptions Impatient = new() { AnswerTimeout = TimeSpan.FromSeconds(1.5) };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_large_plain_message_arrives_although_it_takes_longer_than_the_time_out()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await ReadSlowlyAsync(socket, 64 + Length, stop);
            await socket.SendAsync(Encoding.ASCII.GetBytes("33".PadRight(64) + "Message received successfully...."), stop);
        });
        await using PlainMessagesClient client = await PlainMessagesClient.ConnectAsync(peer.Address, Impatient, Stop);
        await client.SendAsync(new byte[Length], Stop);
    }

    [Fact]
    public async Task A_large_message_arrives_although_it_takes_longer_than_the_time_out()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 64, stop);
            await SayAsync("ALDIS/1 last=0 durable 4194304 256");
            await ReadSlowlyAsync(socket, 64 + Length, stop);
            await SayAsync("ACK 1 durable");
            await Peer.ReadAsync(socket, 64, stop);
            await SayAsync("BYE");

            Task SayAsync(string unit) => socket.SendAsync(Encoding.ASCII.GetBytes(unit.PadRight(64)), stop).AsTask();
        });
        await using MessagesClient client = MessagesClient.Open(
            peer.Address, "pump-7", new MessagesClientOptions { AnswerTimeout = Impatient.AnswerTimeout, RetryFor = TimeSpan.Zero });
        await client.SendAsync(new byte[Length], Stop);
        Assert.Null((await client.CompleteAsync(Stop)).Failure);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_more_is_late()
    {
        await using Peer peer = Peer.That(static (_, stop) => Task.Delay(Timeout.Infinite, stop));
        await using EchoClient client = await EchoClient.ConnectAsync(peer.Address, Impatient, Stop);
        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => client.ExchangeAsync(new byte[50_000_000], Stop).InTime());
        Assert.Equal(CommunicationFailure.Timeout, failure.Failure);
    }

    /// <summary>Takes at most 800 kB a second, with little in the buffers.</summary>
    private static async Task ReadSlowlyAsync(Socket socket, int length, CancellationToken stop)
    {
        const int Piece = 16 * 1024;
        socket.ReceiveBufferSize = 2 * Piece;
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (length > 0 && await pace.WaitForNextTickAsync(stop))
        {
            int read = await socket.ReceiveAsync(new byte[Math.Min(Piece, length)], stop);
            Assert.True(read > 0, "The client gave up.");
            length -= read;
        }
    }
}
