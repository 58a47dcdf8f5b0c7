using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Storage;

/// <summary>The calls of Linux that work below an opened directory. Each returns 0 or a descriptor, or minus the errno.</summary>
internal static partial class NativeDirectory
{
    public const int NoSuchEntry = 2;
    public const int NotPermitted = 1;
    public const int Exists = 17;
    public const int NotEmpty = 39;
    public const int NotDirectory = 20;
    public const int IsLink = 40;
    public const int Invalid = 22;
    public const int NotImplemented = 38;
    public const int OpenWriteOnly = 1;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenNonBlocking = 0x800;

    private const int OpenCloseOnExec = 0x80000;
    private const int InterruptedCall = 4;
    private const int CurrentDirectory = -100;
    private const int RemoveDirectoryFlag = 0x200;
    private const int LongestTarget = 4096;
    private const int RenameNoReplace = 1;
    private const int LockExclusive = 2;
    private const int LockShared = 1;
    private const int LockNonBlocking = 4;

    // openat2(2) has this number on every processor, and the C libraries have no wrapper.
    private const nint OpenAt2Number = 437;
    private const ulong ResolveNoMagicLinks = 2;
    private const ulong ResolveNoSymbolicLinks = 4;
    private const ulong ResolveBeneath = 8;

    /// <summary>Whether the processor is one of those whose flags of open(2) differ from the others'.</summary>
    private static readonly bool HasArmFlags =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm or Architecture.Armv6 or Architecture.Ppc64le;

    /// <summary>Fails unless it is a directory.</summary>
    public static int OpenDirectoryOnly => HasArmFlags ? 0x4000 : 0x10000;

    private static int OpenNoFollow => HasArmFlags ? 0x8000 : 0x20000;

    public static int OpenDirectory(string path) => Repeat(() => OpenAt(CurrentDirectory, path, OpenDirectoryOnly | OpenCloseOnExec, 0));

    /// <summary>Opens one component, and no link.</summary>
    public static int Open(SafeFileHandle directory, string name, int flags, UnixFileMode mode = UnixFileMode.None) =>
        Repeat(() => OpenAt(directory, name, flags | OpenNoFollow | OpenCloseOnExec, (uint)mode));

    /// <summary>Opens a path of any depth, if no link and no '..' is on the way.</summary>
    public static int OpenBeneath(SafeFileHandle directory, string path, int flags)
    {
        var how = new OpenHow
        {
            Flags = (ulong)(uint)(flags | OpenCloseOnExec),
            Resolve = ResolveBeneath | ResolveNoSymbolicLinks | ResolveNoMagicLinks,
        };
        return Repeat(() => (int)OpenAt2(OpenAt2Number, directory, path, ref how, (nuint)Marshal.SizeOf<OpenHow>()));
    }

    public static int MakeDirectory(SafeFileHandle directory, string name, UnixFileMode mode) =>
        Repeat(() => MkdirAt(directory, name, (uint)mode));

    public static int Unlink(SafeFileHandle directory, string name) => Repeat(() => UnlinkAt(directory, name, 0));

    public static int Link(SafeFileHandle directory, string name, SafeFileHandle newDirectory, string newName) =>
        Repeat(() => LinkAt(directory, name, newDirectory, newName, 0));

    public static int RemoveDirectory(SafeFileHandle directory, string name) =>
        Repeat(() => UnlinkAt(directory, name, RemoveDirectoryFlag));

    public static int MakeLink(string target, SafeFileHandle directory, string name) => Repeat(() => SymlinkAt(target, directory, name));

    /// <summary>What a link points to; null where the name is none's, or that of something else.</summary>
    public static string? ReadLink(SafeFileHandle directory, string name)
    {
        byte[] target = new byte[LongestTarget];
        int length = Repeat(() => (int)ReadLinkAt(directory, name, target, target.Length));
        return length < 0 ? null : Encoding.UTF8.GetString(target, 0, length);
    }

    public static int Replace(SafeFileHandle directory, string name, SafeFileHandle newDirectory, string newName) =>
        Repeat(() => RenameAt(directory, name, newDirectory, newName));

    /// <summary>Renames, and never replaces. <see cref="Invalid"/> or <see cref="NotImplemented"/> where the file system cannot.</summary>
    public static int Rename(SafeFileHandle directory, string name, SafeFileHandle newDirectory, string newName)
    {
        try
        {
            return Repeat(() => RenameAt2(directory, name, newDirectory, newName, RenameNoReplace));
        }
        catch (EntryPointNotFoundException)
        {
            return -NotImplemented;
        }
    }

    public static int LockAlone(SafeFileHandle directory) => Repeat(() => Flock(directory, LockExclusive | LockNonBlocking));

    public static int Share(SafeFileHandle directory) => Repeat(() => Flock(directory, LockShared));

    /// <summary>What an errno means, as a failure of the disk.</summary>
    /// <param name="result">What a call returned.</param>
    /// <param name="what">What did not happen, to what.</param>
    public static Exception Describe(int result, string what)
    {
        string message = $"{what}: {Marshal.GetPInvokeErrorMessage(-result)} (errno {-result})";
        return -result == NoSuchEntry ? new DirectoryNotFoundException(message) : new IOException(message, -result);
    }

    private static int Repeat(Func<int> call)
    {
        while (true)
        {
            int result = call();
            if (result >= 0)
            {
                return result;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != InterruptedCall)
            {
                return -error;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenAt(int directory, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenAt(SafeFileHandle directory, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint OpenAt2(nint number, SafeFileHandle directory, string path, ref OpenHow how, nuint size);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MkdirAt(SafeFileHandle directory, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int UnlinkAt(SafeFileHandle directory, string name, int flags);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int LinkAt(SafeFileHandle directory, string name, SafeFileHandle newDirectory, string newName, int flags);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SymlinkAt(string target, SafeFileHandle directory, string name);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReadLinkAt(SafeFileHandle directory, string name, [Out] byte[] target, nint size);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int RenameAt(SafeFileHandle directory, string name, SafeFileHandle newDirectory, string newName);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int RenameAt2(SafeFileHandle directory, string name, SafeFileHandle newDirectory, string newName, uint flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(SafeFileHandle directory, int operation);

    /// <summary>open_how of openat2(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
