using System.Net.Sockets;
using System.Text;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Messages;

/// <summary>
/// What a sender did not see acknowledged, against the real server: another sender with the same id may have used its numbers, and the
/// server may have got another limit or window since.
/// </summary>
public sealed class SharedClientIdTests
{
    private const int Unit = 64;
    private const string Id = "pump-7";

    private static readonly MessagesClientOptions Once = new() { RetryFor = TimeSpan.Zero };

    [Fact]
    public async Task A_message_lost_on_its_way_is_not_acknowledged_by_what_another_sender_stored_under_its_number()
    {
        await using var server = new MessagesServer();
        await server.StartAsync();
        using var directory = new TemporaryDirectory();
        await LoseAsync(directory, "from the pump");
        await SendAsync(server.Address, new MemoryOutbox(Id), "from its clone");

        MessageDelivery delivery = await SendAsync(server.Address, OpenOutbox(directory));

        Assert.Equal((SenderEnd.Conflict, 0L), (delivery.End, delivery.Acknowledged));
        Assert.Equal(CommunicationFailure.Refused, delivery.Failure!.Failure);
        Assert.Contains("another message under number 1 of client 'pump-7'", delivery.Failure.Message, StringComparison.Ordinal);
        Assert.Equal("from the pump", Waiting(directory));
        await server.StopAsync();
        Assert.Equal(["from its clone"], server.Stored(Id));
    }

    [Fact]
    public async Task A_message_lost_on_its_way_is_stored_once_where_the_sender_is_alone()
    {
        await using var server = new MessagesServer();
        await server.StartAsync();
        using var directory = new TemporaryDirectory();
        await LoseAsync(directory, "from the pump");

        MessageDelivery delivery = await SendAsync(server.Address, OpenOutbox(directory), "and another");

        Assert.Equal((SenderEnd.Completed, 2L, 0L), (delivery.End, delivery.Acknowledged, delivery.Duplicates));
        await server.StopAsync();
        Assert.Equal(["from the pump", "and another"], server.Stored(Id));
    }

    [Fact]
    public async Task Senders_of_one_id_take_turns_where_nothing_that_is_unsure_differs()
    {
        await using var server = new MessagesServer();
        await server.StartAsync();
        using var directory = new TemporaryDirectory();
        await StoreUnacknowledgedAsync(server, OpenOutbox(directory), "pump 1", "pump 2");
        await SendAsync(server.Address, new MemoryOutbox(Id), "clone 1", "clone 2");

        MessageDelivery delivery = await SendAsync(server.Address, OpenOutbox(directory), "pump 3");

        Assert.Equal((SenderEnd.Completed, 3L, 2L), (delivery.End, delivery.Acknowledged, delivery.Duplicates));
        await server.StopAsync();
        Assert.Equal(["pump 1", "pump 2", "clone 1", "clone 2", "pump 3"], server.Stored(Id));
    }

    [Fact]
    public async Task What_the_server_cannot_compare_any_more_is_said_in_other_words_and_kept()
    {
        await using var server = new MessagesServer();
        await server.StartAsync(new MessageStoreOptions { Directory = string.Empty, Window = 16 });
        using var directory = new TemporaryDirectory();
        await StoreUnacknowledgedAsync(server, OpenOutbox(directory), "pump 1");
        await SendAsync(server.Address, new MemoryOutbox(Id), [.. Enumerable.Range(1, 40).Select(number => $"clone {number}")]);
        await server.StopAsync();
        await server.StartAsync(new MessageStoreOptions { Directory = string.Empty, Window = 16 });

        MessageDelivery delivery = await SendAsync(server.Address, OpenOutbox(directory));

        Assert.Equal((SenderEnd.Forgotten, 0L), (delivery.End, delivery.Acknowledged));
        Assert.Contains("number 1 of client 'pump-7' and cannot tell any more", delivery.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal("pump 1", Waiting(directory));
    }

    [Theory]
    [InlineData(200, 100)]
    [InlineData(3 * 1024 * 1024, 1024)]
    public async Task A_message_that_was_stored_is_acknowledged_although_the_server_takes_no_such_length_any_more(int length, int limit)
    {
        await using var server = new MessagesServer();
        await server.StartAsync(new MessageStoreOptions { Directory = string.Empty, MaxMessageBytes = length });
        using var directory = new TemporaryDirectory();
        string longest = new('x', length);
        await StoreUnacknowledgedAsync(server, OpenOutbox(directory), "first", longest, "third");
        await server.StopAsync();
        await server.StartAsync(new MessageStoreOptions { Directory = string.Empty, MaxMessageBytes = limit });

        MessageDelivery delivery = await SendAsync(server.Address, OpenOutbox(directory), "fourth");

        Assert.Equal((SenderEnd.Completed, 4L, 0L), (delivery.End, delivery.Acknowledged, delivery.Refused));
        await server.StopAsync();
        Assert.Equal(["first", longest, "third", "fourth"], server.Stored(Id));
    }

    [Fact]
    public async Task Goodbye_is_said_only_when_the_outbox_knows_that_everything_is_acknowledged()
    {
        using var outbox = new MemoryOutbox(Id);
        var knownAtGoodbye = new TaskCompletionSource<SenderState>();
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            _ = await Peer.ReadAsync(socket, Unit, stop);
            await socket.SendAsync(Bytes("ALDIS/1 last=0 durable 1048576 256"), stop);
            _ = await Peer.ReadAsync(socket, Unit + 2, stop);
            await socket.SendAsync(Bytes("ACK 1 durable"), stop);
            _ = await Peer.ReadAsync(socket, Unit, stop);
            knownAtGoodbye.SetResult(outbox.State);
            await socket.SendAsync(Bytes("BYE"), stop);
        });

        Assert.Equal(SenderEnd.Completed, (await SendAsync(peer.Address, outbox, "hi")).End);

        Assert.Equal(new SenderState(1, 1, 1), await knownAtGoodbye.Task);
    }

    private static FileOutbox OpenOutbox(TemporaryDirectory directory) =>
        FileOutbox.Open(new OutboxOptions { Directory = directory.Combine("outbox"), ClientId = Id, MaxLineBytes = 16 * 1024 * 1024 });

    private static string Waiting(TemporaryDirectory directory)
    {
        using FileOutbox outbox = OpenOutbox(directory);
        Assert.True(outbox.TryReadNext(out _, out byte[] payload));
        return Encoding.UTF8.GetString(payload);
    }

    private static byte[] Bytes(string unit) => Encoding.ASCII.GetBytes(unit.PadRight(Unit));

    private static async Task<MessageDelivery> SendAsync(string address, IOutbox outbox, params string[] texts)
    {
        using (outbox)
        {
            await using MessagesClient client = MessagesClient.Open(EndpointAddress.Parse(address), outbox, Once);
            foreach (string text in texts)
            {
                await client.EnqueueAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
            }

            return await client.CompleteAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Numbers and sends a message to a server that never has it.</summary>
    private static async Task LoseAsync(TemporaryDirectory directory, string text)
    {
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            _ = await Peer.ReadAsync(socket, Unit, stop);
            await socket.SendAsync(Bytes("ALDIS/1 last=0 durable 1048576 256"), stop);
            _ = await Peer.ReadAsync(socket, Unit + text.Length, stop);
        });
        MessageDelivery delivery = await SendAsync(peer.Address, OpenOutbox(directory), text);
        Assert.Equal((SenderEnd.Cut, 0L), (delivery.End, delivery.Acknowledged));
    }

    /// <summary>Has messages stored, every answer but the hello being lost.</summary>
    private static async Task StoreUnacknowledgedAsync(MessagesServer server, FileOutbox outbox, params string[] texts)
    {
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            using var upstream = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await upstream.ConnectAsync(new UnixDomainSocketEndPoint(server.Address["unix:".Length..]), stop);
            await PassAsync(socket, upstream, Unit, stop);
            await PassAsync(upstream, socket, Unit, stop);
            await PassAsync(socket, upstream, texts.Sum(text => Unit + text.Length), stop);

            // The last acknowledgement says that all is stored; none is passed on.
            string answer;
            do
            {
                answer = await Peer.ReadAsync(upstream, Unit, stop);
            }
            while (!answer.StartsWith($"ACK {texts.Length} ", StringComparison.Ordinal));
        });
        MessageDelivery delivery = await SendAsync(peer.Address, outbox, texts);
        Assert.Equal((SenderEnd.Cut, 0L), (delivery.End, delivery.Acknowledged));
    }

    private static async Task PassAsync(Socket from, Socket to, int length, CancellationToken stop) =>
        await to.SendAsync(Encoding.UTF8.GetBytes(await Peer.ReadAsync(from, length, stop)), stop);
}
