using Aldis.Services.Echo;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Echo;

public sealed class EchoClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task A_reply_is_whole_in_whatever_pieces_it_comes(int pieceSize)
    {
        await using Peer peer = Peer.ThatEchoes(pieceSize);
        await using EchoClient client = await EchoClient.ConnectAsync("tcp://" + peer.Address, cancellationToken: Stop);
        for (int round = 0; round < 3; round++)
        {
            byte[] message = [.. Enumerable.Range(round, 100).Select(static number => (byte)number)];
            ReadOnlyMemory<byte> reply = await client.ExchangeAsync(message, Stop);
            Assert.Equal(message, reply.ToArray());
        }

        await client.FinishAsync(Stop);
    }

    [Fact]
    public async Task A_message_larger_than_all_buffers_comes_back()
    {
        await using Peer peer = Peer.ThatEchoes();
        await using EchoClient client = await EchoClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        byte[] message = new byte[40_000_000];
        Random.Shared.NextBytes(message);
        ReadOnlyMemory<byte> reply = await client.ExchangeAsync(message, Stop);
        Assert.True(reply.Span.SequenceEqual(message));
    }

    [Fact]
    public async Task A_changed_byte_is_an_integrity_failure_that_names_it()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 5, stop);
            await socket.SendAsync("hellO"u8.ToArray(), stop);
        });
        await using EchoClient client = await EchoClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        CommunicationException failure = await FailureOfAsync(client, "hello"u8.ToArray());
        Assert.Equal(CommunicationFailure.Integrity, failure.Failure);
        Assert.Contains("from byte 4 on: 'o' was sent, 'O' came", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_closes_in_the_middle_is_a_network_failure()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 5, stop);
            await socket.SendAsync("he"u8.ToArray(), stop);
        });
        await using EchoClient client = await EchoClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        CommunicationException failure = await FailureOfAsync(client, "hello"u8.ToArray());
        Assert.Equal(CommunicationFailure.Network, failure.Failure);
        Assert.Contains("after 2 of 5 bytes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_of_a_large_message_is_a_timeout()
    {
        await using Peer peer = Peer.That(static (_, stop) => Task.Delay(Timeout.Infinite, stop));
        var options = new ClientOptions { AnswerTimeout = TimeSpan.FromMilliseconds(200) };
        await using EchoClient client = await EchoClient.ConnectAsync(peer.Address, options, Stop);
        Assert.Equal(CommunicationFailure.Timeout, (await FailureOfAsync(client, new byte[50_000_000])).Failure);
    }

    [Fact]
    public async Task Bytes_that_were_not_sent_are_noticed_at_the_end()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 2, stop);
            await socket.SendAsync("hi!"u8.ToArray(), stop);
        });
        await using EchoClient client = await EchoClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        await client.ExchangeAsync("hi"u8.ToArray(), Stop);
        var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.FinishAsync(Stop));
        Assert.Equal(CommunicationFailure.Integrity, failure.Failure);
    }

    [Fact]
    public async Task A_measurement_with_an_interval_counts_from_the_time_that_was_meant()
    {
        // The first reply is held back until the schedule is well past the second send; its wait must show in the second round trip.
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            byte[] buffer = new byte[32];
            await Peer.ReadAsync(socket, 32, stop);
            SpinWait.SpinUntil(() => watch.ElapsedMilliseconds > 60);
            await socket.SendAsync(Numbered(0), stop);
            await Peer.ReadAsync(socket, 32, stop);
            await socket.SendAsync(Numbered(1), stop);
        });
        var replies = new List<EchoReply>();
        var measurement = new EchoMeasurement(
            EndpointAddress.Parse(peer.Address),
            new EchoMeasurementOptions { Count = 2, Interval = TimeSpan.FromMilliseconds(10), OnReply = replies.Add });
        watch.Restart();
        await measurement.RunAsync(Stop);
        long behind = replies[0].RoundTripNanoseconds - replies[1].RoundTripNanoseconds;
        Assert.True(behind <= 10_000_000, $"the second began {behind} ns after the first was meant to, more than the interval of 10 ms");

        static byte[] Numbered(long sequence)
        {
            byte[] payload = new byte[32];
            Aldis.Protocols.Measurement.ProbePayload.Write(payload, 0, 0);
            Aldis.Protocols.Measurement.ProbePayload.Renumber(payload, sequence);
            return payload;
        }
    }

    private static async Task<CommunicationException> FailureOfAsync(EchoClient client, byte[] message) =>
        await Assert.ThrowsAsync<CommunicationException>(() => client.ExchangeAsync(message, Stop));
}
