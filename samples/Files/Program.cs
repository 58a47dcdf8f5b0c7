// A greeting, then a file. Server: dotnet run -- serve     Client: dotnet run -- report.pdf
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;

if (args is ["serve"])
{
    var inbox = new FileInbox(new InboxOptions { Directory = "received" });
    await using var server = new ConversationServer();
    server.Listen(FilesConversation.Into(inbox), "tcp://127.0.0.1:65432");
    await server.StartAsync();
    Console.WriteLine("Receiving into ./received. Press Enter to stop.");
    Console.ReadLine();
    return;
}

foreach (string path in args)
{
    await using FileStream file = File.OpenRead(path);
    await using PlainFilesClient client = await PlainFilesClient.ConnectAsync("127.0.0.1:65432");
    PlainFileResult result = await client.SendAsync(file);
    Console.WriteLine($"{path}: {result.BytesSent} bytes sent, not confirmed");
}
