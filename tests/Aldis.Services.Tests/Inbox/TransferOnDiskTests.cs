using System.Runtime.Versioning;
using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Inbox;

[UnsupportedOSPlatform("windows")]
public sealed class TransferOnDiskTests : IDisposable
{
    private const int Chunk = 1 << 20;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0, 0x9ED, 0x1C0)]
    [InlineData(40_000, 0x9ED, 0x1C0)]
    [InlineData(2 * Chunk, 0xFFF, 0x1C0)]
    [InlineData(10, 0x124, 0x100)]
    [InlineData(10, 0x000, 0x100)]
    public async Task A_file_has_its_time_and_of_its_permissions_what_the_inbox_gives(int size, int mode, int expected)
    {
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Path, FreeSpaceFloor = 0 });
        SourceFile file = Source("d/a", size, mode);

        TransferRecorder recorder = await SendAsync(inbox, file, 0, int.MaxValue);

        Assert.Equal("d/a", recorder.Stored[0]);
        string path = _directory.Combine("d/a");
        Assert.Equal(size, new FileInfo(path).Length);
        Assert.Equal((UnixFileMode)expected, File.GetUnixFileMode(path));
        Assert.Equal(file.Entry.ModifiedNs / 100, (File.GetLastWriteTimeUtc(path) - DateTime.UnixEpoch).Ticks);
        Assert.Equal(["d"], Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Of_two_servers_in_one_directory_one_goes_on_with_a_file_and_the_other_leaves_it_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Files are locked on Linux.");
        FileInbox[] servers = [.. Enumerable.Range(0, 2).Select(_ =>
            new FileInbox(new InboxOptions { Directory = _directory.Path, FreeSpaceFloor = 0, PartAge = TimeSpan.FromTicks(1) }))];
        SourceFile file = Source("big", (3 * Chunk) + 5, 0x1A4);
        var recorder = new TransferRecorder();
        IIncomingTransfer first = await servers[0].Transfers.OpenAsync(TransferFixture.Offer([file.Entry]), recorder);
        await WriteAsync(first, file, 0, 2);

        // One that starts sweeps what is old, and this is; it is being written.
        Assert.Equal(0, servers[1].RemoveUnfinished());
        TransferRecorder other = await SendAsync(servers[1], file, 0, 1);
        Assert.Equal(RefusalCode.Busy, other.Refused[0].Code);
        await WriteAsync(first, file, 2 * Chunk, int.MaxValue);
        await first.DisposeAsync();

        Assert.Equal("big", recorder.Stored[0]);
        Assert.True(file.IsBeginning(File.ReadAllBytes(_directory.Combine("big")), file.Size));
    }

    [Fact]
    public async Task A_cut_file_is_gone_on_with_by_the_next_server_and_one_that_nobody_came_back_for_is_removed()
    {
        SourceFile file = Source("big", (3 * Chunk) + 5, 0x1A4);
        var options = new InboxOptions { Directory = _directory.Path, FreeSpaceFloor = 0 };
        _ = await SendAsync(new FileInbox(options), file, 0, 2);
        Assert.Equal(0, new FileInbox(options).RemoveUnfinished());

        var next = new FileInbox(options);
        var recorder = new TransferRecorder();
        IIncomingTransfer transfer = await next.Transfers.OpenAsync(TransferFixture.Offer([file.Entry]), recorder);
        Assert.Equal((TransferUnitKind.Resume, 2L * Chunk), (transfer.Answers[0].Kind, transfer.Answers[0].Offset));
        await WriteAsync(transfer, file, 2 * Chunk, 1);
        await transfer.DisposeAsync();

        Assert.Equal(OperatingSystem.IsLinux() ? 1 : 0, new FileInbox(options with { PartAge = TimeSpan.FromTicks(1) }).RemoveUnfinished());
    }

    [Fact]
    public async Task A_repeat_is_confirmed_by_the_mark_of_the_file_where_the_file_system_keeps_one()
    {
        SourceFile file = Source("a", 10, 0x1A4);
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Path, FreeSpaceFloor = 0 });
        _ = await SendAsync(inbox, file, 0, 1);

        await using IIncomingTransfer again = await inbox.Transfers.OpenAsync(TransferFixture.Offer([file.Entry]), new TransferRecorder());
        Assert.SkipUnless(again.Answers[0].Kind == TransferUnitKind.Have, "This file system keeps no marks.");
        File.AppendAllText(_directory.Combine("a"), "x");
        await using IIncomingTransfer changed = await inbox.Transfers.OpenAsync(TransferFixture.Offer([file.Entry]), new TransferRecorder());
        Assert.Equal(RefusalCode.Exists, changed.Answers[0].Code);
    }

    [Fact]
    public async Task A_file_whose_unfinished_bytes_somebody_took_away_is_not_confirmed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells.");
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Path, FreeSpaceFloor = 0 });
        SourceFile file = Source("big", 2 * Chunk, 0x1A4);
        var recorder = new TransferRecorder();
        IIncomingTransfer transfer = await inbox.Transfers.OpenAsync(TransferFixture.Offer([file.Entry]), recorder);
        await WriteAsync(transfer, file, 0, 1);
        Array.ForEach(Directory.GetFiles(_directory.Combine(TransferFixture.Parts), "*.part"), File.Delete);
        await WriteAsync(transfer, file, Chunk, 1);
        await transfer.DisposeAsync();

        Assert.Equal(RefusalCode.NotStored, recorder.Refused[0].Code);
        Assert.False(File.Exists(_directory.Combine("big")));
    }

    private static SourceFile Source(string path, int size, int mode) => new(path, size)
    {
        Entry = new ManifestEntry
        {
            Kind = FileEntryKind.File,
            Path = Encoding.UTF8.GetBytes(path),
            Size = size,
            ModifiedNs = 1_700_000_000_123_456_700,
            Mode = mode,
            Change = 1,
        },
    };

    private static async Task<TransferRecorder> SendAsync(FileInbox inbox, SourceFile file, long from, int chunks)
    {
        var recorder = new TransferRecorder();
        IIncomingTransfer transfer = await inbox.Transfers.OpenAsync(TransferFixture.Offer([file.Entry]), recorder);
        await WriteAsync(transfer, file, from, chunks);
        await transfer.DisposeAsync();
        return recorder;
    }

    private static async Task WriteAsync(IIncomingTransfer transfer, SourceFile file, long from, int chunks)
    {
        foreach (long end in file.Ends().Where(end => end > from || file.Size == 0).Take(chunks))
        {
            foreach ((long offset, byte[] bytes) in file.PiecesBefore(end))
            {
                await transfer.WriteAsync(0, offset, bytes);
            }

            await transfer.CompleteChunkAsync(0, end, file.ChainAt(end), end == file.Size);
        }
    }
}
