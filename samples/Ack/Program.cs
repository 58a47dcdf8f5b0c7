// Text in, "ACK received" out. Server: dotnet run -- serve     Client: dotnet run -- one two three
using Aldis.Services.Ack;
using Aldis.Services.Hosting;

if (args is ["serve"])
{
    await using var server = new ConversationServer();
    server.Listen(AckConversation.Descriptor, "tcp://127.0.0.1:8000");
    await server.StartAsync();
    Console.WriteLine("Serving. Press Enter to stop.");
    Console.ReadLine();
    return;
}

await using AckClient client = await AckClient.ConnectAsync("127.0.0.1:8000");
foreach (string text in args)
{
    await client.SendAsync(text);
    Console.WriteLine($"acknowledged: {text}");
}
