using Aldis.Services.Messages;
using Aldis.Tests;
using Aldis.Transports;

namespace Aldis.Services.Tests.Messages;

public sealed class PlainMessagesClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("hello ü")]
    public async Task A_message_is_a_header_and_a_payload_and_is_acknowledged(string text)
    {
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            int length = System.Text.Encoding.UTF8.GetByteCount(text);
            Assert.Equal($"{length}".PadRight(64), await Peer.ReadAsync(socket, 64, stop));
            Assert.Equal(text, await Peer.ReadAsync(socket, length, stop));
            await Peer.SendByteByByteAsync(socket, "33".PadRight(64) + "Message received successfully....", stop);
        });
        await using PlainMessagesClient client = await PlainMessagesClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        await client.SendAsync(text, Stop);
    }

    [Theory]
    [InlineData("33", "Message received successfully!...")]
    [InlineData("5000", "")]
    [InlineData("-1", "")]
    [InlineData("2", "ok")]
    [InlineData("33", "Message received successfully....and more")]
    public async Task Anything_but_the_acknowledgement_is_refused(string header, string payload)
    {
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 66, stop);
            await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(header.PadRight(64) + payload), stop);
            await socket.ReceiveAsync(new byte[1], stop);
        });
        var options = new ClientOptions { AnswerTimeout = TimeSpan.FromSeconds(1) };
        await using PlainMessagesClient client = await PlainMessagesClient.ConnectAsync(peer.Address, options, Stop);
        var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.SendAsync("hi", Stop));
        Assert.Equal(CommunicationFailure.Refused, failure.Failure);
    }

    [Fact]
    public async Task A_refusal_of_a_payload_that_is_still_being_written_is_heard()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 64, stop);
            const string Refusal = "Message refused: too long";
            await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes($"{Refusal.Length}".PadRight(64) + Refusal), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using PlainMessagesClient client = await PlainMessagesClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        var failure = await Assert.ThrowsAsync<CommunicationException>(() => client.SendAsync(new byte[50_000_000], Stop));
        Assert.Equal(CommunicationFailure.Refused, failure.Failure);
        Assert.Contains("too long", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_control_text_is_refused_before_anything_is_sent()
    {
        await using Peer peer = Peer.ThatIsSilent();
        await using PlainMessagesClient client = await PlainMessagesClient.ConnectAsync(peer.Address, cancellationToken: Stop);
        await Assert.ThrowsAsync<ArgumentException>(() => client.SendAsync("Disconnect !", Stop));
    }
}
