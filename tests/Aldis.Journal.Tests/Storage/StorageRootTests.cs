using System.Runtime.Versioning;
using System.Text;
using Aldis.Journal.Storage;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Storage;

/// <summary>Each way to work below an opened directory: openat2, component by component, and by the runtime alone.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StorageRootTests : IDisposable
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnDirectory = Own | UnixFileMode.UserExecute;

    private readonly TemporaryDirectory _directory = new();

    public StorageRootTests() => Directory.CreateDirectory(Inside);

    private string Inside => _directory.Combine("inside");

    private string Outside => _directory.Combine("outside");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("openat2")]
    [InlineData("components")]
    [InlineData("managed")]
    public void Files_at_any_depth_are_made_renamed_listed_synced_and_deleted(string way)
    {
        using IStorageRoot root = Open(way);
        root.CreateDirectory("a", OwnDirectory);
        root.CreateDirectory("a", OwnDirectory);
        root.CreateDirectory("a/b", OwnDirectory);
        using (IStorageFile file = root.CreateFile("a/b/x.part", Own))
        {
            file.Write(0, "hello"u8);
            file.Write(5, [new byte[] { 1, 2 }, new byte[] { 3 }]);
            file.Sync();
            Assert.True(root.TryRename("a/b/x.part", "a/y"));
        }

        root.SyncDirectory("a/b");
        root.SyncDirectory("a");
        root.SyncDirectory(string.Empty);
        root.CreateFile("z", Own).Dispose();
        Assert.Equal(["a/y", "z"], root.ListFiles().Order(StringComparer.Ordinal));
        Assert.Equal("hello\x1\x2\x3", File.ReadAllText(Path.Combine(Inside, "a", "y")));
        Assert.Equal(Own, File.GetUnixFileMode(Path.Combine(Inside, "a", "y")));
        Assert.Equal(OwnDirectory, File.GetUnixFileMode(Path.Combine(Inside, "a")));

        root.Delete("a/y");
        root.Delete("a/y");
        Assert.Equal(["z"], root.ListFiles());
    }

    [Theory]
    [InlineData("openat2")]
    [InlineData("components")]
    [InlineData("managed")]
    public void Nothing_that_exists_is_opened_or_replaced(string way)
    {
        using IStorageRoot root = Open(way);
        File.WriteAllText(Path.Combine(Inside, "old"), "old");
        File.WriteAllText(Path.Combine(Inside, "new"), "new");
        File.CreateSymbolicLink(Path.Combine(Inside, "dangling"), Outside);

        _ = Assert.ThrowsAny<IOException>(() => root.CreateFile("old", Own));
        _ = Assert.ThrowsAny<IOException>(() => root.CreateFile("dangling", Own));
        Assert.False(root.TryRename("new", "old"));

        Assert.False(File.Exists(Outside));
        Assert.Equal("old", File.ReadAllText(Path.Combine(Inside, "old")));
        Assert.Equal("new", File.ReadAllText(Path.Combine(Inside, "new")));
    }

    [Theory]
    [InlineData("openat2")]
    [InlineData("components")]
    [InlineData("managed")]
    public void A_planted_link_leads_nowhere(string way)
    {
        Directory.CreateDirectory(Outside);
        string secret = Path.Combine(Outside, "secret");
        File.WriteAllText(secret, "secret");
        using IStorageRoot root = Open(way);
        File.CreateSymbolicLink(Path.Combine(Inside, "way"), Outside);
        root.CreateDirectory("deep", OwnDirectory);
        File.CreateSymbolicLink(Path.Combine(Inside, "deep", "way"), Outside);
        root.CreateFile("mine", Own).Dispose();

        foreach (string way2 in new[] { "way", "deep/way", "..", "../outside", "deep/../../outside", "/", ".", string.Empty, "deep//x" })
        {
            _ = Assert.ThrowsAny<IOException>(() => root.CreateFile(way2 + "/x", Own));
            _ = Assert.ThrowsAny<IOException>(() => root.Delete(way2 + "/secret"));
            _ = Assert.ThrowsAny<IOException>(() => root.TryRename("mine", way2 + "/x"));
            _ = Assert.ThrowsAny<IOException>(() => root.TryRename(way2 + "/secret", "stolen"));
            _ = Assert.ThrowsAny<IOException>(() => root.CreateDirectory(way2 + "/d", OwnDirectory));
        }

        _ = Assert.ThrowsAny<IOException>(() => root.SyncDirectory("way"));
        _ = Assert.ThrowsAny<IOException>(() => root.CreateDirectory("way", OwnDirectory));
        Assert.Equal(["mine"], root.ListFiles());
        Assert.Equal([secret], Directory.GetFileSystemEntries(Outside));
    }

    [Theory]
    [InlineData("openat2")]
    [InlineData("components")]
    public void It_is_the_directory_that_was_opened_whatever_has_its_name_now(string way)
    {
        using IStorageRoot root = Open(way);
        Directory.CreateDirectory(Outside);
        Directory.Move(Inside, _directory.Combine("moved"));
        Directory.CreateSymbolicLink(Inside, Outside);

        root.CreateFile("x", Own).Dispose();

        Assert.Equal(["x"], root.ListFiles());
        Assert.Empty(Directory.GetFileSystemEntries(Outside));
        Directory.Delete(Inside);
        Directory.CreateDirectory(Inside);
        Directory.Delete(_directory.Combine("moved"), recursive: true);
        _ = Assert.Throws<DirectoryNotFoundException>(() => root.CreateFile("y", Own));
    }

    [Theory]
    [InlineData("openat2")]
    [InlineData("components")]
    [InlineData("managed")]
    public void What_is_there_is_told_opened_replaced_and_removed(string way)
    {
        using IStorageRoot root = Open(way);
        Assert.Null(root.GetStatus("a"));
        Assert.Null(root.GetStatus("none/a"));
        Assert.Null(root.OpenFile("a", mayWrite: true));
        Assert.Empty(root.ListNames("none"));
        root.CreateDirectory("d", OwnDirectory);
        using (IStorageFile file = root.CreateFile("d/a", Own))
        {
            file.Write(0, "hello"u8);
            file.SetModified(1_700_000_000_123_456_700);
        }

        root.CreateFile("d/b", Own).Dispose();
        Assert.True(root.GetStatus("d") is { IsDirectory: true });
        Assert.True(root.GetStatus("d/a") is { IsRegular: true, Length: 5, Written: 1_700_000_000_123_456_700 });
        Assert.Equal(["a", "b"], root.ListNames("d").Order(StringComparer.Ordinal));
        Assert.Equal(["d"], root.ListNames(string.Empty));
        using (IStorageFile file = root.OpenFile("d/a", mayWrite: true)!)
        {
            file.Write(0, "j"u8);
            byte[] content = new byte[5];
            Assert.Equal(5, file.Read(0, content));
            Assert.Equal("jello"u8, content);
        }

        root.Replace("d/a", "d/b");
        root.RemoveDirectory("d");
        Assert.Equal(["d/b"], root.ListFiles());
        root.Delete("d/b");
        root.RemoveDirectory("d");
        root.RemoveDirectory("d");
        Assert.Empty(root.ListNames(string.Empty));
    }

    [Theory]
    [InlineData("openat2")]
    [InlineData("components")]
    [InlineData("managed")]
    public void A_link_is_made_and_told_and_never_followed(string way)
    {
        using IStorageRoot root = Open(way);
        root.CreateFile("a", Own).Dispose();
        Assert.True(root.TryCreateLink("link", "a"));
        Assert.False(root.TryCreateLink("link", "b"));
        Assert.False(root.TryCreateLink("a", "b"));
        Assert.Equal("a", root.ReadLink("link"));
        Assert.Null(root.ReadLink("a"));
        Assert.True(root.GetStatus("link") is { IsLink: true });
        _ = Assert.ThrowsAny<IOException>(() => root.OpenFile("link", mayWrite: false));
        Directory.CreateDirectory(Outside);
        File.CreateSymbolicLink(Path.Combine(Inside, "way"), Outside);
        _ = Assert.ThrowsAny<IOException>(() => root.TryCreateLink("way/x", "a"));
        _ = Assert.ThrowsAny<IOException>(() => root.GetStatus("way/x"));
        _ = Assert.ThrowsAny<IOException>(() => root.ListNames("way").Count());
        _ = Assert.ThrowsAny<IOException>(() => root.Replace("a", "way/x"));
        Assert.Empty(Directory.GetFileSystemEntries(Outside));
    }

    [Fact]
    public void A_pipe_is_no_file_and_nobody_waits_for_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes have names on Linux.");
        using (var making = System.Diagnostics.Process.Start("mkfifo", Path.Combine(Inside, "pipe")))
        {
            making.WaitForExit();
        }

        using IStorageRoot root = Open("openat2");
        _ = Assert.ThrowsAny<IOException>(() => root.OpenFile("pipe", mayWrite: false));
        _ = Assert.ThrowsAny<IOException>(() => root.OpenFile("pipe", mayWrite: true));
    }

    [Fact]
    public void A_file_is_locked_for_one_opening_keeps_a_mark_and_loses_permissions()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Files are locked on Linux.");
        using IStorageRoot root = Open("openat2");
        using IStorageFile first = root.CreateFile("a", Own | UnixFileMode.GroupRead);
        using (IStorageFile second = root.OpenFile("a", mayWrite: true)!)
        {
            Assert.True(first.TryLock());
            Assert.False(second.TryLock());
        }

        first.RestrictMode(UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(Inside, "a")));
        Assert.Empty(first.GetMark());
        Assert.SkipUnless(first.TrySetMark([1, 2, 3]), "This file system keeps no marks.");
        Assert.True(root.TryRename("a", "b"));
        using IStorageFile renamed = root.OpenFile("b", mayWrite: false)!;
        Assert.Equal([1, 2, 3], renamed.GetMark());
    }

    [Fact]
    public void A_lock_is_alone_or_shared_and_ends_with_the_opening()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Directories are locked on Linux.");
        using IStorageRoot first = Open("openat2");
        using (IStorageRoot second = Open("openat2"))
        {
            Assert.True(first.TryLockAlone());
            Assert.False(second.TryLockAlone());
            first.LockShared();
            second.LockShared();
            Assert.False(first.TryLockAlone());
        }

        Assert.True(first.TryLockAlone());
    }

    [Theory]
    [InlineData("openat2")]
    [InlineData("managed")]
    public void What_is_written_past_the_cache_and_through_it_is_one_file(string way)
    {
        const int Bytes = 16 * DirectMemory.Alignment;
        using IStorageRoot root = Open(way);
        Memory<byte> block = DirectMemory.Allocate(Bytes);
        byte[] unaligned = new byte[Bytes + 1];
        new Random(1).NextBytes(block.Span);
        new Random(2).NextBytes(unaligned);
        using (IStorageFile file = root.CreateFile("x", Own))
        {
            _ = file.WriteDirect(0, block.Span);
            file.Write(Bytes, "in between"u8);
            _ = file.WriteDirect(2 * Bytes, block.Span);

            // From memory that no disk takes: the cache does.
            _ = file.WriteDirect(3 * Bytes, unaligned.AsSpan(1));
            file.Write(4 * Bytes, "the end"u8);
            file.Sync();
        }

        byte[] read = File.ReadAllBytes(Path.Combine(Inside, "x"));
        Assert.Equal((4 * Bytes) + "the end".Length, read.Length);
        Assert.True(block.Span.SequenceEqual(read.AsSpan(0, Bytes)));
        Assert.Equal("in between"u8, read.AsSpan(Bytes, "in between".Length));
        Assert.True(block.Span.SequenceEqual(read.AsSpan(2 * Bytes, Bytes)));
        Assert.Equal(unaligned.AsSpan(1), read.AsSpan(3 * Bytes, Bytes));
        Assert.Equal("the end"u8, read.AsSpan(4 * Bytes));
    }

    [Theory]
    [InlineData("openat2")]
    [InlineData("components")]
    [InlineData("managed")]
    public void A_directory_gets_the_time_that_it_is_told(string way)
    {
        const long Time = 1_700_000_000_123_456_700;
        using IStorageRoot root = Open(way);
        root.CreateDirectory("a", OwnDirectory);
        File.WriteAllText(Path.Combine(Inside, "a", "x"), "x");

        root.SetDirectoryModified("a", Time);

        Assert.Equal(DateTime.UnixEpoch.AddTicks(Time / TimeSpan.NanosecondsPerTick), Directory.GetLastWriteTimeUtc(Path.Combine(Inside, "a")));
        if (way != "managed")
        {
            _ = Assert.Throws<DirectoryNotFoundException>(() => root.SetDirectoryModified("none", Time));
        }
    }

    [Fact]
    public void A_run_of_the_system_has_one_name_and_the_runtime_alone_knows_none()
    {
        using IStorageRoot first = Open("openat2");
        using IStorageRoot second = Open("openat2");
        using IStorageRoot managed = Open("managed");

        Assert.Equal(first.SystemRun, second.SystemRun);
        Assert.Equal(UInt128.Zero, managed.SystemRun);
        Assert.SkipUnless(Environment.OSVersion.Version >= new Version(6, 8), "Older kernels do not number mounts for good.");
        Assert.NotEqual(UInt128.Zero, first.SystemRun);
    }

    [Fact]
    public void No_directory_is_no_root()
    {
        Assert.Null(FileStorage.Instance.OpenRoot(_directory.Combine("none")));
        File.WriteAllText(_directory.Combine("file"), Encoding.ASCII.EncodingName);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a file is called differs.");
        _ = Assert.Throws<IOException>(() => FileStorage.Instance.OpenRoot(_directory.Combine("file")));
    }

    private IStorageRoot Open(string way)
    {
        Assert.SkipUnless(way == "managed" || OperatingSystem.IsLinux(), "These calls are Linux's.");
        return way == "managed" ? new ManagedRoot(Inside) : LinuxRoot.Open(Inside, way == "openat2")!;
    }
}
