using System.Text;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Messages;
using Aldis.Services.Echo;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;

namespace Aldis.Services.Tests.Messages;

/// <summary>The native client against the real server, with connections that break in between.</summary>
public sealed class MessagesClientTests
{
    private const int Unit = 64;

    private static readonly MessagesClientOptions Quick = new()
    {
        ShortestPause = TimeSpan.FromMilliseconds(1),
        LongestPause = TimeSpan.FromMilliseconds(20),
        RetryFor = TimeSpan.FromSeconds(30),
    };

    [Fact]
    public async Task What_is_sent_is_acknowledged_and_stored_once_in_order()
    {
        await using var server = new MessagesServer();
        await server.StartAsync();
        string[] texts = Numbered(1000);
        await using (MessagesClient client = MessagesClient.Open(server.Address, "pump-7"))
        {
            await client.SendAsync(texts[0], TestContext.Current.CancellationToken);
            await EnqueueAsync(client, texts[1..]);
            MessageDelivery delivery = await client.CompleteAsync(TestContext.Current.CancellationToken);
            Assert.Equal(SenderEnd.Completed, delivery.End);
            Assert.Equal((1000, 1000, 0), (delivery.Offered, delivery.Acknowledged, delivery.Duplicates));
        }

        await server.StopAsync();
        Assert.Equal(texts, server.Stored("pump-7"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Unit)]
    [InlineData(Unit + 1)]
    [InlineData(Unit + 63)]
    [InlineData(2 * Unit)]
    public async Task A_connection_that_breaks_anywhere_in_the_answers_loses_and_doubles_nothing(int answerBytes)
    {
        await using var server = new MessagesServer();
        await server.StartAsync();
        await using LinkRelay relay = LinkRelay.Start("tcp://127.0.0.1:0", server.Address);
        ((ILinkControl)relay).SetLayers(LinkDirection.ToClient, LinkWatch.Cuts(answerBytes, answerBytes + 7, answerBytes));
        string[] texts = Numbered(600);
        await using (MessagesClient client = MessagesClient.Open(relay.EndPoint.ToString()!, "pump-7", Quick))
        {
            await EnqueueAsync(client, texts);
            MessageDelivery delivery = await client.CompleteAsync(TestContext.Current.CancellationToken);
            Assert.Equal(SenderEnd.Completed, delivery.End);
            Assert.Equal(600, delivery.Acknowledged);
        }

        await server.StopAsync();
        Assert.True(relay.Clients > 1, "Nothing was cut.");
        Assert.Equal(texts, server.Stored("pump-7"));
    }

    [Fact]
    public async Task A_server_that_restarts_in_between_goes_on_where_it_was()
    {
        await using var server = new MessagesServer();
        await server.StartAsync();
        string[] texts = Numbered(900);
        await using (MessagesClient client = MessagesClient.Open(server.Address, "pump-7", Quick))
        {
            for (int start = 0; start < texts.Length; start += 300)
            {
                await EnqueueAsync(client, texts[start..(start + 299)]);
                await client.SendAsync(texts[start + 299], TestContext.Current.CancellationToken);
                await server.StopAsync();
                await server.StartAsync();
            }

            MessageDelivery delivery = await client.CompleteAsync(TestContext.Current.CancellationToken);
            Assert.Null(delivery.Failure);
            Assert.Equal(900, delivery.Acknowledged);
        }

        await server.StopAsync();
        Assert.Equal(texts, server.Stored("pump-7"));
    }

    [Fact]
    public async Task An_outbox_goes_on_in_another_process_and_knows_what_it_took()
    {
        await using var server = new MessagesServer();
        using var directory = new TemporaryDirectory();
        string[] texts = Numbered(50);
        await using (MessagesClient offline = MessagesClient.Open(
            EndpointAddress.Parse(server.Address), OpenOutbox(directory), Quick with { RetryFirstConnection = true }))
        {
            await Task.WhenAll(texts[..30].Select(text => offline.SaveAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken)));
            Assert.Equal(30, OutboxLines(directory));
        }

        await server.StartAsync();
        await using (MessagesClient online = MessagesClient.Open(EndpointAddress.Parse(server.Address), OpenOutbox(directory), Quick))
        {
            await EnqueueAsync(online, texts[30..]);
            MessageDelivery delivery = await online.CompleteAsync(TestContext.Current.CancellationToken);
            Assert.Equal((50, 50), (delivery.Offered, delivery.Acknowledged));
        }

        await server.StopAsync();
        Assert.Equal(texts, server.Stored("outbox-test"));
        using FileOutbox after = OpenOutbox(directory);
        Assert.Equal(50, after.Taken);
        Assert.Equal(50, after.State.AcknowledgedItem);
    }

    [Fact]
    public async Task A_newer_connection_of_the_same_id_takes_over_and_the_older_does_not_come_back()
    {
        await using var server = new MessagesServer();
        await server.StartAsync();
        await using MessagesClient older = MessagesClient.Open(server.Address, "twin", Quick);
        await older.SendAsync("from the older", TestContext.Current.CancellationToken);
        await using MessagesClient newer = MessagesClient.Open(server.Address, "twin", Quick);
        await newer.SendAsync("from the newer", TestContext.Current.CancellationToken);

        MessageDelivery delivery = await older.CompleteAsync(TestContext.Current.CancellationToken);

        Assert.Equal(SenderEnd.Superseded, delivery.End);
        Assert.Equal(CommunicationFailure.Refused, delivery.Failure!.Failure);
        Assert.Contains("took over", delivery.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_too_long_is_refused_and_the_others_go_on()
    {
        await using var server = new MessagesServer();
        await server.StartAsync(new MessageStoreOptions { Directory = string.Empty, MaxMessageBytes = 100 });
        await using (MessagesClient client = MessagesClient.Open(server.Address, "pump-7", Quick))
        {
            await client.SendAsync("first", TestContext.Current.CancellationToken);
            CommunicationException refusal = await Assert.ThrowsAsync<CommunicationException>(
                () => client.SendAsync(new string('x', 101), TestContext.Current.CancellationToken));
            Assert.Equal(CommunicationFailure.Refused, refusal.Failure);
            await client.SendAsync("last", TestContext.Current.CancellationToken);
            Assert.Equal(1, (await client.CompleteAsync(TestContext.Current.CancellationToken)).Refused);
        }

        await server.StopAsync();
        Assert.Equal(["first", "last"], server.Stored("pump-7"));
    }

    [Fact]
    public async Task A_server_that_knows_nothing_of_a_client_any_more_is_reported_and_the_rest_is_renumbered()
    {
        await using var server = new MessagesServer();
        await server.StartAsync();
        await using (MessagesClient client = MessagesClient.Open(server.Address, "pump-7", Quick))
        {
            await client.SendAsync("one", TestContext.Current.CancellationToken);
            await client.SendAsync("two", TestContext.Current.CancellationToken);
            await server.StopAsync();
            server.ForgetJournal();
            await server.StartAsync();
            await client.SendAsync("three", TestContext.Current.CancellationToken);
            MessageDelivery delivery = await client.CompleteAsync(TestContext.Current.CancellationToken);
            Assert.Equal((0L, 2L), (delivery.Lost, delivery.Unknown));
        }

        await server.StopAsync();
        Assert.Equal(["three"], server.Stored("pump-7"));
    }

    [Fact]
    public async Task An_echo_server_is_told_from_a_message_server()
    {
        await using var server = new ConversationServer();
        server.Listen("echo", "tcp://127.0.0.1:0", new EchoHandler());
        await server.StartAsync(TestContext.Current.CancellationToken);
        await using MessagesClient client = MessagesClient.Open(server.Endpoints[0].Uri, "pump-7", Quick);

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => client.SendAsync("hi", TestContext.Current.CancellationToken));

        Assert.Contains("no message server", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_closes_on_the_preface_is_a_plain_server()
    {
        await using Peer peer = Peer.That(static async (socket, stop) => _ = await Peer.ReadAsync(socket, Unit, stop));
        await using MessagesClient client = MessagesClient.Open(peer.Address, "pump-7", Quick with { RetryFirstConnection = true });

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => client.SendAsync("hi", TestContext.Current.CancellationToken));

        Assert.Contains("--plain", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_peer_is_a_timeout()
    {
        await using Peer peer = Peer.ThatIsSilent();
        await using MessagesClient client = MessagesClient.Open(
            peer.Address, "pump-7", Quick with { AnswerTimeout = TimeSpan.FromMilliseconds(100), RetryFor = TimeSpan.Zero });

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => client.SendAsync("hi", TestContext.Current.CancellationToken));

        Assert.Equal(CommunicationFailure.Timeout, failure.Failure);
    }

    [Fact]
    public async Task Nobody_there_ends_at_once_unless_asked_to_wait()
    {
        await using MessagesClient client = MessagesClient.Open(Peer.Nowhere(), "pump-7", Quick);

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => client.SendAsync("hi", TestContext.Current.CancellationToken));

        Assert.Equal(CommunicationFailure.Network, failure.Failure);
    }

    private static string[] Numbered(int count) => [.. Enumerable.Range(1, count).Select(number => $"message {number}")];

    private static FileOutbox OpenOutbox(TemporaryDirectory directory) =>
        FileOutbox.Open(new OutboxOptions { Directory = directory.Combine("outbox"), ClientId = "outbox-test" });

    private static int OutboxLines(TemporaryDirectory directory) =>
        Directory.Exists(directory.Combine("outbox"))
            ? Directory.GetFiles(directory.Combine("outbox")).Where(file => Path.GetFileName(file) != "lock")
                .Sum(file => Encoding.Latin1.GetString(ReadShared(file)).Split("message ").Length - 1)
            : 0;

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static async Task EnqueueAsync(MessagesClient client, string[] texts)
    {
        foreach (string text in texts)
        {
            await client.EnqueueAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
        }
    }
}
