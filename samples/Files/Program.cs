// Files and directories, each confirmed. Server: dotnet run -- serve     Client: dotnet run -- report.pdf photos
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

var client = new FilesClient("127.0.0.1:65432", new FilesClientOptions { Client = "sample" });
foreach (FileOutcome file in await client.SendAsync(args))
{
    Console.WriteLine($"{file.Name}: {(file.Refusal is null ? "stored, digest " + file.Digest : "not taken: " + file.Refusal)}");
}
