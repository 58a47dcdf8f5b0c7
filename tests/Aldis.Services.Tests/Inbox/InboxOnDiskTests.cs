using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Inbox;

public sealed class InboxOnDiskTests
{
    [Fact]
    public async Task Two_servers_on_one_directory_overwrite_nothing()
    {
        using var directory = new TemporaryDirectory();
        FileInbox[] servers = [Open(directory.Path), Open(directory.Path)];
        const int count = 300;

        string[] names = await Task.WhenAll(Enumerable.Range(0, count).Select(number => StoreAsync(servers[number % 2], number))).InTime();

        Assert.Equal(count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            Directory.GetFiles(directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        for (int number = 0; number < count; number++)
        {
            Assert.Equal([(byte)number, (byte)(number >> 8)], File.ReadAllBytes(directory.Combine(names[number])));
        }
    }

    [Fact]
    public async Task A_directory_that_was_removed_is_made_anew()
    {
        using var directory = new TemporaryDirectory();
        FileInbox inbox = Open(directory.Combine("files"));
        await StoreAsync(inbox, 1);
        Directory.Delete(inbox.Directory, recursive: true);

        Assert.Equal("a.txt", await StoreAsync(inbox, 2));

        Assert.Equal([2, 0], File.ReadAllBytes(Path.Combine(inbox.Directory, "a.txt")));
    }

    private static FileInbox Open(string directory) => new(new InboxOptions { Directory = directory, FreeSpaceFloor = 0 });

    private static async Task<string> StoreAsync(FileInbox inbox, int number)
    {
        await using IncomingFile file = await inbox.BeginAsync("a.txt");
        await file.WriteAsync(new(new byte[] { (byte)number, (byte)(number >> 8) }));
        return await file.CompleteAsync();
    }
}
