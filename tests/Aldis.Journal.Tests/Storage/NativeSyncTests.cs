using Aldis.Journal.Storage;
using Aldis.Tests;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Tests.Storage;

/// <summary>The real calls, on what the kernel really refuses to sync.</summary>
public sealed class NativeSyncTests
{
    [Fact]
    public void A_sync_the_system_refuses_throws_where_the_runtimes_returns_normally()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/null cannot be synced on Linux.");
        using SafeFileHandle device = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);

        RandomAccess.FlushToDisk(device);
        IOException refused = Assert.Throws<IOException>(() => NativeSync.SyncData(device));

        Assert.Contains("the sync of a file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_descriptor_that_is_no_open_file_cannot_be_synced()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The number of the error is Linux's.");
        using var none = new SafeFileHandle(int.MaxValue, ownsHandle: false);

        Assert.Equal(9, Assert.Throws<IOException>(() => NativeSync.SyncData(none)).HResult);
        Assert.Equal(9, Assert.Throws<IOException>(() => NativeSync.SyncDirectory(none, "x")).HResult);
    }

    [Fact]
    public void What_can_be_synced_is()
    {
        using var directory = new TemporaryDirectory();
        using SafeFileHandle file = File.OpenHandle(directory.Combine("x"), FileMode.CreateNew, FileAccess.Write);
        NativeSync.SyncData(file);
        NativeSync.SyncDirectory(directory.Path);
    }
}
