using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Storage;

/// <summary>
/// The one way to the disk, by the system's own calls. The runtime's (<c>RandomAccess.FlushToDisk</c>, <c>FileStream.Flush(true)</c>)
/// return normally after a sync that failed, and are banned. Linux: fdatasync, which saves writing the inode for each commit. macOS: F_FULLFSYNC,
/// because its fsync leaves the data in the drive's cache. Windows: FlushFileBuffers, and a directory is left to the system. Elsewhere:
/// fsync.
/// </summary>
internal static partial class NativeSync
{
    private const int OpenReadOnly = 0;
    private const int LinuxCloseOnExec = 0x80000;
    private const int MacCloseOnExec = 0x1000000;
    private const int MacFullSync = 51;
    private const int MacNotSupported = 45;
    private const int MacNotTeletype = 25;
    private const int Invalid = 22;
    private const int InterruptedCall = 4;

    /// <summary>
    /// Makes what was written to a file durable, its length included. After it has thrown nothing is known about the file.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <exception cref="IOException">The system says that it failed.</exception>
    public static void SyncData(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows())
        {
            if (!FlushFileBuffers(file))
            {
                int error = Marshal.GetLastPInvokeError();
                throw new IOException($"FlushFileBuffers: {Marshal.GetPInvokeErrorMessage(error)} (error {error})", error);
            }

            return;
        }

        // An interrupted call has not failed; any other error is final: a second sync may succeed without having written anything.
        while ((OperatingSystem.IsLinux() ? Fdatasync(file) : SyncWholly(file)) != 0)
        {
            ThrowUnlessInterrupted("the sync of a file");
        }
    }

    /// <summary>Makes births, renames and deletions in a directory durable.</summary>
    /// <param name="directory">Path of the directory.</param>
    /// <exception cref="IOException">The system says that it failed.</exception>
    public static void SyncDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int closeOnExec = OperatingSystem.IsLinux() ? LinuxCloseOnExec : OperatingSystem.IsMacOS() ? MacCloseOnExec : 0;
        int descriptor;
        while ((descriptor = Open(directory, OpenReadOnly | closeOnExec)) < 0)
        {
            ThrowUnlessInterrupted($"open {directory}");
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        SyncDirectory(handle, directory);
    }

    /// <summary>As <see cref="SyncDirectory(string)"/>, for one that is open. Not on Windows.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">What failures call it.</param>
    public static void SyncDirectory(SafeFileHandle directory, string name)
    {
        while ((OperatingSystem.IsLinux() ? Fsync(directory) : SyncWholly(directory)) != 0)
        {
            ThrowUnlessInterrupted($"the sync of the directory '{name}'");
        }
    }

    private static int SyncWholly(SafeFileHandle file)
    {
        if (OperatingSystem.IsMacOS())
        {
            // What a file system that does not know it says; it has nothing stronger than fsync then. Any other error is one of the disk.
            int result = Fcntl(file, MacFullSync);
            if (result == 0 || Marshal.GetLastPInvokeError() is not (MacNotSupported or MacNotTeletype or Invalid))
            {
                return result;
            }
        }

        return Fsync(file);
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

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fcntl(SafeFileHandle file, int command);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("kernel32", EntryPoint = "FlushFileBuffers", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);
}
