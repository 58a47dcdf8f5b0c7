// Length-framed messages, each acknowledged. Server: dotnet run -- serve     Client: dotnet run -- 'pressure 3.1'
using Aldis.Services.Hosting;
using Aldis.Services.Messages;

if (args is ["serve"])
{
    using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = "journal" });
    await using var server = new ConversationServer();
    server.Listen(MessagesConversation.Into(store), "tcp://127.0.0.1:9999");
    await server.StartAsync();
    Console.WriteLine("Serving. Press Enter to stop.");
    Console.ReadLine();
    return;
}

await using PlainMessagesClient client = await PlainMessagesClient.ConnectAsync("127.0.0.1:9999");
foreach (string text in args)
{
    await client.SendAsync(text);
    Console.WriteLine($"acknowledged: {text}");
}

await client.DisconnectAsync();
