using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Messages;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Services.Tests.Native;
using Aldis.Tests;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Hosting;

/// <summary>A program without an application around it: what keeps something is given it by hand.</summary>
public sealed class WithoutServicesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordedEvents _events = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Files_go_into_the_inbox_that_was_given()
    {
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Combine("received") });
        await using ConversationServer server = await StartAsync(FilesConversation.Into(inbox));

        await using (PlainFilesClient client = await PlainFilesClient.ConnectAsync(server.Endpoints[0].Uri, cancellationToken: Stop))
        {
            await client.SendAsync(new MemoryStream("whole"u8.ToArray()), cancellationToken: Stop).InTime();
        }

        ServiceEvent received = await _events.WaitForAsync(ServiceEventKind.FileReceived);
        Assert.Equal("whole", await File.ReadAllTextAsync(Path.Combine(inbox.Directory, received.Detail!), Stop));
    }

    [Fact]
    public async Task Messages_go_into_the_store_that_was_given_if_the_policy_lets_them()
    {
        RecordingPolicy policy = RecordingPolicy.Requiring("secret");
        string journal = _directory.Combine("journal");
        using (MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = journal }))
        {
            await using ConversationServer server = await StartAsync(MessagesConversation.Into(store, policy));
            await using MessagesClient client = MessagesClient.Open(
                server.Endpoints[0].Uri, "pump-7", new MessagesClientOptions { Token = "secret" });
            await client.SendAsync("pressure 3.1", Stop).InTime();
        }

        Assert.Equal(["pump-7:", "pump-7:secret"], policy.Asked);
        Assert.Equal(["pressure 3.1"], Stored(journal));
    }

    [Fact]
    public async Task An_outbox_in_a_directory_is_sent_by_the_next_client_that_opens_it()
    {
        var outbox = new OutboxOptions { Directory = _directory.Combine("outbox"), ClientId = "pump-7" };
        EndpointAddress nobody = EndpointAddress.Parse($"unix:{_directory.Combine("nobody")}");
        await using (MessagesClient client = MessagesClient.Open(nobody, outbox, new MessagesClientOptions { RetryFirstConnection = true }))
        {
            await client.SaveAsync("pressure 3.1"u8.ToArray(), Stop).InTime();
        }

        string journal = _directory.Combine("journal");
        using (MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = journal }))
        {
            await using ConversationServer server = await StartAsync(MessagesConversation.Into(store));
            await using MessagesClient client = MessagesClient.Open(EndpointAddress.Parse(server.Endpoints[0].Uri), outbox);
            MessageDelivery delivery = await client.CompleteAsync(Stop).InTime();
            Assert.Equal((SenderEnd.Completed, 1), (delivery.End, delivery.Acknowledged));
        }

        Assert.Equal(["pressure 3.1"], Stored(journal));
    }

    private static List<string> Stored(string journal)
    {
        using var reader = new JournalReader(journal, new JournalQuery { Client = "pump-7" });
        List<string> texts = [];
        while (reader.TryRead(out JournalMessage? message))
        {
            texts.Add(Encoding.UTF8.GetString(message.Payload.Span));
        }

        return texts;
    }

    private async Task<ConversationServer> StartAsync(Conversation conversation)
    {
        ConversationServer server = new ConversationServer(new ServerOptions { Events = _events }).Listen(conversation, "tcp://127.0.0.1:0");
        await server.StartAsync(Stop);
        return server;
    }
}
