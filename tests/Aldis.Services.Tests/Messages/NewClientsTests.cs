using System.Text;
using Aldis.Protocols.Messages;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Messages;

/// <summary>New ids at a server that takes two of a sender.</summary>
public sealed class NewClientsTests
{
    private static readonly MessagesClientOptions Once = new() { RetryFor = TimeSpan.Zero };
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_id_beyond_the_limit_is_busy_and_one_that_is_stored_is_served()
    {
        using var directory = new TemporaryDirectory();
        var events = new EventHub();
        using EventFollower follower = events.Follow();
        var options = new MessageStoreOptions { Directory = directory.Combine("journal") };
        var limits = new ConnectionLimits { MaxNewClients = 2 };
        string address = $"unix:{directory.Combine("messages.sock")}";
        using MessageStore store = MessageStore.Open(options);
        await using (ConversationServer server = new ConversationServer(new ServerOptions { Limits = limits, Events = events })
            .Listen("messages", address, new MessagesHandler(store)))
        {
            await server.StartAsync(Stop);
            Assert.Equal(SenderEnd.Completed, (await SendAsync(address, "a")).End);
            Assert.Equal(SenderEnd.Completed, (await SendAsync(address, "b")).End);

            MessageDelivery refused = await SendAsync(address, "c");

            Assert.Equal((0L, 1L), (refused.Acknowledged, refused.Unacknowledged));
            Assert.Equal(CommunicationFailure.Refused, refused.Failure!.Failure);
            Assert.Equal(SenderEnd.Completed, (await SendAsync(address, "a")).End);
            Assert.Equal((0L, 1L), ((await SendAsync(address, "d")).Acknowledged, (await SendAsync(address, "b")).Acknowledged));
        }

        Assert.Equal(2, store.NewClientsRefused);
        ServiceEvent told = Events(follower).First(what => what.Kind == ServiceEventKind.MessageRefused);
        Assert.Equal((ServiceEventCause.NewClientLimit, "c"), (told.Cause, told.Client));
        Assert.Equal(
            "busy: 2 new client ids came from this address since the server started, the most one sender may bring", told.Detail);
    }

    private static IEnumerable<ServiceEvent> Events(EventFollower follower)
    {
        while (follower.TryRead(out ServiceEvent what, out _))
        {
            yield return what;
        }
    }

    private static async Task<MessageDelivery> SendAsync(string address, string client)
    {
        await using MessagesClient sender = MessagesClient.Open(EndpointAddress.Parse(address), new MemoryOutbox(client), Once);
        await sender.EnqueueAsync(Encoding.UTF8.GetBytes("text"), Stop);
        return await sender.CompleteAsync(Stop);
    }
}
