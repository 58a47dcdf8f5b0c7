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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_whose_directory_was_moved_away_is_not_confirmed_and_the_next_is_in_the_new_one(bool hasSuccessor)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells.");
        using var directory = new TemporaryDirectory();
        FileInbox inbox = Open(directory.Combine("files"));
        await using (IncomingFile file = await inbox.BeginAsync("a.txt"))
        {
            await file.WriteAsync(new(new byte[] { 1 }));
            Directory.Move(inbox.Directory, directory.Combine("away"));
            if (hasSuccessor)
            {
                Directory.CreateDirectory(inbox.Directory);
            }

            IOException failure = await Assert.ThrowsAnyAsync<IOException>(file.CompleteAsync);
            Assert.Contains("was deleted or moved, or a directory above it was", failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal("a.txt", await StoreAsync(inbox, 2));

        Assert.Equal([2, 0], File.ReadAllBytes(Path.Combine(inbox.Directory, "a.txt")));
        Assert.Empty(Directory.GetFiles(directory.Combine("away")));
    }

    private static FileInbox Open(string directory) => new(new InboxOptions { Directory = directory, FreeSpaceFloor = 0 });

    private static async Task<string> StoreAsync(FileInbox inbox, int number)
    {
        await using IncomingFile file = await inbox.BeginAsync("a.txt");
        await file.WriteAsync(new(new byte[] { (byte)number, (byte)(number >> 8) }));
        return await file.CompleteAsync();
    }
}
