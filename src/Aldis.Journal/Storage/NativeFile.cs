using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Storage;

/// <summary>What the runtime does not do with an open file. Of no effect where the system has no such call.</summary>
internal static partial class NativeFile
{
    private const string MarkName = "user.aldis.transfer";
    private const int LongestMark = 64;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int WouldBlock = 11;
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int DirectX64 = 0x4000;
    private const int DirectArm64 = 0x10000;
    private const int InterruptedCall = 4;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int StatfsBytes = 256;

    // Of these it is known that syncfs waits for the data and hears of writes that failed (the kernel's fs/sync.c, mm/filemap.c), and that
    // what goes past the cache and what goes through it agree.
    private const long Ext4 = 0xEF53;
    private const long Xfs = 0x58465342;
    private const long Btrfs = 0x9123683E;

    // The first kernel whose syncfs reports the failure of a write that went before it.
    private static readonly Version ReportingKernel = new(5, 8);

    public static bool TryLock(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        while (Flock(file, LockExclusive | LockNonBlocking) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != InterruptedCall)
            {
                return error != WouldBlock;
            }
        }

        return true;
    }

    public static void SetModified(SafeFileHandle file, long nanoseconds)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick));
            return;
        }

        // Access and modification, seconds and nanoseconds each.
        (long seconds, long rest) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        if (Futimens(file, [seconds, rest, seconds, rest]) != 0)
        {
            throw Failure("the time of a file");
        }
    }

    public static bool TrySetMark(SafeFileHandle file, ReadOnlySpan<byte> mark) =>
        OperatingSystem.IsLinux() && FsetXattr(file, MarkName, mark, mark.Length, 0) == 0;

    public static byte[] GetMark(SafeFileHandle file)
    {
        Span<byte> mark = stackalloc byte[LongestMark];
        nint length = OperatingSystem.IsLinux() ? FgetXattr(file, MarkName, mark, mark.Length) : 0;
        return length <= 0 ? [] : mark[..(int)length].ToArray();
    }

    /// <summary>Makes durable what was written to the file system that holds an open file.</summary>
    /// <returns>False where that is not known to be honest; then nothing was done.</returns>
    public static bool TrySyncFileSystem(SafeFileHandle file)
    {
        if (Environment.OSVersion.Version < ReportingKernel || !IsKnownFileSystem(file))
        {
            return false;
        }

        while (Syncfs(file) != 0)
        {
            if (Marshal.GetLastPInvokeError() != InterruptedCall)
            {
                throw Failure("the sync of a file system");
            }
        }

        return true;
    }

    /// <summary>Has what is written go past the system's cache, or through it again.</summary>
    /// <returns>False where that is not known to be well done; then nothing changed.</returns>
    public static bool TrySetDirect(SafeFileHandle file, bool isDirect)
    {
        int direct = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => DirectX64,
            Architecture.Arm64 => DirectArm64,
            _ => 0,
        };
        if (direct == 0 || !IsKnownFileSystem(file))
        {
            return false;
        }

        int flags = Fcntl(file, GetFlags, 0);
        return flags >= 0 && Fcntl(file, SetFlags, isDirect ? flags | direct : flags & ~direct) == 0;
    }

    private static bool IsKnownFileSystem(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[StatfsBytes];
        return OperatingSystem.IsLinux() && Environment.Is64BitProcess && Fstatfs(file, status) == 0
            && MemoryMarshal.Read<long>(status) is Ext4 or Xfs or Btrfs;
    }

    private static IOException Failure(string what)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Futimens(SafeFileHandle file, ReadOnlySpan<long> times);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FsetXattr(SafeFileHandle file, string name, ReadOnlySpan<byte> value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "fgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint FgetXattr(SafeFileHandle file, string name, Span<byte> value, nint size);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fcntl(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fstatfs(SafeFileHandle file, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Syncfs(SafeFileHandle file);
}
