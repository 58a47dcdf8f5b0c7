using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Tests;

namespace Aldis.Services.Tests.Clients;

/// <summary>An application with one thread that waits for a library on just that thread: the library never asks to come back to it.</summary>
public sealed class OnlyThreadTests
{
    [Fact]
    public async Task A_server_starts_serves_every_client_and_stops_on_the_only_thread_of_an_application()
    {
        using var directory = new TemporaryDirectory();
        await OnlyThread.RunAsync(() =>
        {
            using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = Path.Combine(directory.Path, "journal") });
            var server = new ConversationServer();
            string At(int index) => server.Endpoints[index].EndPoint.ToString()!;

            server
                .Listen("ack", "tcp://127.0.0.1:0", new AckHandler())
                .Listen("echo", "tcp://127.0.0.1:0", new EchoHandler())
                .Listen("exchange", "tcp://127.0.0.1:0", new ExchangeHandler())
                .Listen("files", "tcp://127.0.0.1:0", new FilesHandler(new FileInbox(new() { Directory = directory.Path })))
                .Listen("messages", "tcp://127.0.0.1:0", new MessagesHandler(store))
                .Listen(EchoConversation.Descriptor, "udp://127.0.0.1:0");
            Wait(server.StartAsync());

            Use(Wait(AckClient.ConnectAsync(At(0))), client => Wait(client.SendAsync("one")));
            Use(Wait(EchoClient.ConnectAsync(At(1))), client => Wait(client.ExchangeAsync("one"u8.ToArray())));
            Use(Wait(ExchangeClient.ConnectAsync(At(2))), client => Wait(client.ExchangeAsync("one"u8.ToArray())));
            Use(Wait(PlainFilesClient.ConnectAsync(At(3))), client => Wait(client.SendAsync(new MemoryStream(new byte[100_000]))));
            Use(Wait(PlainMessagesClient.ConnectAsync(At(4))), client => Wait(client.SendAsync("one")));
            Use(Wait(DatagramEchoClient.ConnectAsync("udp://" + At(5))), client => Wait(client.ExchangeAsync("one"u8.ToArray())));
            Use(MessagesClient.Open(At(4), "pump-7"), client =>
            {
                Wait(client.EnqueueAsync("one"u8.ToArray()).AsTask());
                Assert.Equal(1, Wait(client.CompleteAsync()).Acknowledged);
            });

            Wait(server.StopAsync(TimeSpan.FromSeconds(5)));
            Wait(server.DisposeAsync().AsTask());
        }).InTime();
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static void Use<T>(T client, Action<T> action)
        where T : IAsyncDisposable
    {
        action(client);
        Wait(client.DisposeAsync().AsTask());
    }
}
