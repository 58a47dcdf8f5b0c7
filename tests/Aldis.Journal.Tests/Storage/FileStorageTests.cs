using System.Runtime.Versioning;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Embedded;

namespace Aldis.Journal.Tests.Storage;

public sealed class FileStorageTests : IDisposable
{
    private const int NoSpace = 28;

    private readonly string _root = Path.Combine(Path.GetTempPath(), "aldis-" + Guid.NewGuid().ToString("N"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_failure_names_the_file_as_it_was_told_to(bool isInPieces)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "A disk that is full is a device of Linux.");
        Directory.CreateDirectory(_root);
        using IStorageFile file = FileStorage.Instance.OpenWrite("/dev/full");
        file.NameInFailures("/data/journal/0000000002.segment");
        IOException failure = Assert.Throws<IOException>(() =>
        {
            if (isInPieces)
            {
                file.Write(0, [new byte[1], new byte[1]]);
            }
            else
            {
                file.Write(0, "x"u8);
            }
        });
        Assert.Equal("No space left on device : '/data/journal/0000000002.segment'", failure.Message);
        Assert.Equal(NoSpace, failure.HResult);
    }

    [Fact]
    public void Files_are_written_read_cut_renamed_listed_and_deleted()
    {
        FileStorage storage = FileStorage.Instance;
        string directory = Path.Combine(_root, "a", "b");
        Assert.Empty(storage.ListFiles(directory));
        storage.CreateDirectory(directory);
        storage.CreateDirectory(directory);
        Assert.Null(storage.OpenRead(Path.Combine(directory, "x")));
        using (IStorageFile file = storage.OpenWrite(Path.Combine(directory, "x")))
        {
            file.Write(0, "hello"u8);
            file.Write(3, "p!"u8);
            file.Sync();
            file.SetLength(4);
            Assert.Equal(4, file.Length);
        }

        storage.Rename(Path.Combine(directory, "x"), Path.Combine(directory, "y"));
        storage.SyncDirectory(directory);
        Assert.Equal(["y"], storage.ListFiles(directory));
        using (IStorageFile? file = storage.OpenRead(Path.Combine(directory, "y")))
        {
            byte[] buffer = new byte[10];
            Assert.Equal(4, file!.Read(0, buffer));
            Assert.Equal("help", Encoding.ASCII.GetString(buffer, 0, 4));
            Assert.Equal(0, file.Read(4, buffer));
        }

        storage.Delete(Path.Combine(directory, "y"));
        Assert.Empty(storage.ListFiles(directory));
        Assert.True(storage.GetFreeBytes(directory) > 0);
    }

    [Fact]
    public void A_sync_of_a_directory_that_is_not_there_fails()
    {
        Directory.CreateDirectory(_root);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Directories are synced on Linux.");
        _ = Assert.Throws<IOException>(() => FileStorage.Instance.SyncDirectory(Path.Combine(_root, "none")));
    }

    [Fact]
    public void A_lock_is_held_by_one_at_a_time()
    {
        Directory.CreateDirectory(_root);
        string path = Path.Combine(_root, "lock");
        IDisposable? first = FileStorage.Instance.TryLock(path);
        Assert.NotNull(first);
        Assert.Null(FileStorage.Instance.TryLock(path));
        first.Dispose();
        using IDisposable? second = FileStorage.Instance.TryLock(path);
        Assert.NotNull(second);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void What_is_created_is_the_users_own_and_what_exists_keeps_its_mode()
    {
        Directory.CreateDirectory(_root);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Modes are those of Unix.");
        const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        const UnixFileMode Everybodys = OwnFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        string before = Path.Combine(_root, "before");
        File.WriteAllText(before, "x");
        File.SetUnixFileMode(before, Everybodys);
        FileStorage.Instance.OpenWrite(before).Dispose();
        Assert.Equal(Everybodys, File.GetUnixFileMode(before));

        string data = Path.Combine(_root, "data");
        var options = new JournalOptions { Directory = Path.Combine(data, "journal"), SegmentBytes = 1, FreeSpaceFloorBytes = 0 };
        using (var journal = MessageJournal.Open(options, FileStorage.Instance))
        {
            JournalAppender appender = TestJournal.Open(journal, "pump");
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(1, "x"u8));
        }

        Assert.NotEqual(OwnFile | UnixFileMode.UserExecute, File.GetUnixFileMode(_root));
        Assert.Equal(OwnFile | UnixFileMode.UserExecute, File.GetUnixFileMode(data));
        Assert.Equal(OwnFile | UnixFileMode.UserExecute, File.GetUnixFileMode(options.Directory));
        Assert.NotEmpty(Directory.GetFiles(options.Directory));
        Assert.All(Directory.GetFiles(options.Directory), file => Assert.Equal(OwnFile, File.GetUnixFileMode(file)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sixty_four_connections_share_a_journal_on_disk(bool inline)
    {
        const int clients = 64;
        const int messages = 500;
        var options = new JournalOptions
        {
            Directory = Path.Combine(_root, "journal"),
            SegmentBytes = 200_000,
            FreeSpaceFloorBytes = 0,
            RunContinuationsInline = inline,
        };
        var journal = MessageJournal.Open(options, FileStorage.Instance);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => SendAsync(journal, $"client-{client}", messages)));

        // With continuations inline this very line may run on the writer thread, which cannot close the journal.
        await Task.Run(journal.Close, TestContext.Current.CancellationToken);

        JournalVerification verification = JournalReader.Verify(options.Directory, FileStorage.Instance);
        Assert.True(verification.IsSound, string.Join("; ", verification.Problems));
        Assert.Equal(clients * messages, verification.Messages);
        using var again = MessageJournal.Open(options, FileStorage.Instance);
        for (int client = 0; client < clients; client++)
        {
            Assert.Equal(messages, again.FindClient($"client-{client}")!.Committed);
        }
    }

    private static async Task SendAsync(MessageJournal journal, string client, int messages)
    {
        JournalAppender appender = TestJournal.Open(journal, client);
        for (int sequence = 1; sequence <= messages;)
        {
            AppendStatus status = appender.TryAppend(sequence, Encoding.ASCII.GetBytes($"{sequence}"));
            Assert.True(status is AppendStatus.Accepted or AppendStatus.QueueFull, $"{status}");
            if (status == AppendStatus.QueueFull)
            {
                await appender.WaitForSpaceAsync();
                continue;
            }

            if (sequence++ % 16 == 0 || sequence > messages)
            {
                while (!appender.Progress.IsSettled)
                {
                    await appender.WaitForProgressAsync();
                }
            }
        }

        Assert.Equal(messages, appender.Progress.CommittedSequence);
    }
}
