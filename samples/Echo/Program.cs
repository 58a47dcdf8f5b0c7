// What goes in comes back. Server: dotnet run -- serve     Client: dotnet run -- 'Hello, world'
using System.Text;
using Aldis.Services.Echo;
using Aldis.Services.Hosting;

if (args is ["serve"])
{
    await using var server = new ConversationServer();
    server.Listen(EchoConversation.Descriptor, "tcp://127.0.0.1:12345").Listen(EchoConversation.Descriptor, "udp://127.0.0.1:12345");
    await server.StartAsync();
    Console.WriteLine("Serving. Press Enter to stop.");
    Console.ReadLine();
    return;
}

await using EchoClient client = await EchoClient.ConnectAsync("tcp://127.0.0.1:12345");
foreach (string text in args)
{
    ReadOnlyMemory<byte> reply = await client.ExchangeAsync(Encoding.UTF8.GetBytes(text));
    Console.WriteLine(Encoding.UTF8.GetString(reply.Span));
}
