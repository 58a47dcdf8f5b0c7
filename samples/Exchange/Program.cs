// Say something, see it answered. Server: dotnet run -- serve     Client: dotnet run
using System.Text;
using Aldis.Services.Exchange;
using Aldis.Services.Hosting;

if (args is ["serve"])
{
    await using var server = new ConversationServer();
    server.Listen(ExchangeConversation.Descriptor, "tcp://127.0.0.1:8888");
    await server.StartAsync();
    Console.WriteLine("Serving. Press Enter to stop.");
    Console.ReadLine();
    return;
}

await using ExchangeClient client = await ExchangeClient.ConnectAsync("127.0.0.1:8888");
while (Console.ReadLine() is { Length: > 0 } line)
{
    ReadOnlyMemory<byte> reply = await client.ExchangeAsync(Encoding.UTF8.GetBytes(line));
    Console.WriteLine(Encoding.UTF8.GetString(reply.Span));
}
