using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Storage;

/// <summary>
/// The two system calls the runtime does not offer: fdatasync, which saves writing the inode for each commit, and fsync of a directory,
/// which the runtime refuses to open. Elsewhere than on Linux the file is flushed with what the runtime has, and a directory is left to
/// the system.
/// </summary>
internal static partial class NativeSync
{
    private const int OpenReadOnly = 0;
    private const int OpenCloseOnExec = 0x80000;
    private const int InterruptedCall = 4;

    public static void SyncData(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        // An interrupted call has not failed; any other error is final: a second sync may succeed without having written anything.
        while (Fdatasync(file) != 0)
        {
            ThrowUnlessInterrupted("fdatasync");
        }
    }

    public static void SyncDirectory(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int descriptor;
        while ((descriptor = Open(directory, OpenReadOnly | OpenCloseOnExec)) < 0)
        {
            ThrowUnlessInterrupted($"open {directory}");
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        while (Fsync(handle) != 0)
        {
            ThrowUnlessInterrupted($"fsync {directory}");
        }
    }

    private static void ThrowUnlessInterrupted(string call)
    {
        int error = Marshal.GetLastPInvokeError();
        if (error != InterruptedCall)
        {
            throw new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fdatasync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);
}
