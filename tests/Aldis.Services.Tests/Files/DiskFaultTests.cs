using Aldis.Journal.Tests.Storage;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Files;

/// <summary>What a client and the operator see when the disk fails at the end of a file.</summary>
public sealed class DiskFaultTests
{
    // The operations of one file are its birth, one write, its sync, its new name and the sync of the directory.
    private const int FileSync = 2;
    private const int DirectorySync = 4;

    [Theory]
    [InlineData(FileSync, "not stored: Input/output error.", "Input/output error.", 0)]
    [InlineData(DirectorySync, "stored as 'received_file.txt', but a power cut may take it away again: Input/output error.", null, 1)]
    public async Task A_sync_that_failed_is_no_file_received_and_the_connection_is_reset(
        int operation, string closed, string? refused, int files)
    {
        var disk = new SimulatedStorage();
        disk.FailNext(operation);
        var inbox = new FileInbox(
            new InboxOptions { Directory = "files", FreeSpaceFloor = 0 }, disk, new DiskThreads("files", 1), new DiskThreads("syncs", 1));
        await using RunningServer server = await RunningServer.StartAsync("files", new FilesHandler(inbox));
        using LabClient client = await server.ConnectAsync();
        await client.SendAsync("Hello from the client!");
        await client.ReceiveOnceAsync();
        await client.SendAsync("x");
        client.FinishWriting();
        await client.WaitForEndAsync();

        Assert.Equal(refused ?? closed, (await server.Events.WaitForAsync(ServiceEventKind.FileRefused)).Detail);
        Assert.Equal(closed, (await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed)).Detail);
        Assert.Empty(server.Events.Of(ServiceEventKind.FileReceived));
        Assert.Equal(files, disk.Names.Count());
    }
}
