using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Storage;

/// <summary>What Linux says of a file (statx(2), whose layout is the same on every processor); the runtime tells less.</summary>
/// <param name="Device">Names the file system.</param>
/// <param name="Inode">Names the file in it.</param>
/// <param name="IsRegular">Whether it is a file, and no pipe, device, socket or directory.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Blocks">Blocks of 512 bytes on disk; 0 for what the system makes up when it is read, as in /proc and /sys.</param>
/// <param name="Written">When its content was last changed, in nanoseconds since 1970.</param>
internal readonly partial record struct FileStatus(ulong Device, ulong Inode, bool IsRegular, long Length, long Blocks, long Written)
{
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const int Size = 256;
    private const int TypeMask = 0xf000;
    private const int Regular = 0x8000;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Asks about an open file.</summary>
    /// <param name="file">The file.</param>
    /// <returns>Null where the system does not tell.</returns>
    public static FileStatus? Of(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[Size];
        return OperatingSystem.IsLinux() && Statx(file, string.Empty, EmptyPath, BasicStats, status) == 0 ? Read(status) : null;
    }

    /// <summary>Asks about whatever has a name now.</summary>
    /// <param name="path">The name; links are followed.</param>
    /// <returns>Null where nothing has it, or the system does not tell.</returns>
    public static FileStatus? Of(string path)
    {
        Span<byte> status = stackalloc byte[Size];
        return OperatingSystem.IsLinux() && Statx(CurrentDirectory, path, 0, BasicStats, status) == 0 ? Read(status) : null;
    }

    private static FileStatus Read(ReadOnlySpan<byte> status) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(status[136..]),
        BinaryPrimitives.ReadUInt64LittleEndian(status[32..]),
        (BinaryPrimitives.ReadUInt16LittleEndian(status[28..]) & TypeMask) == Regular,
        BinaryPrimitives.ReadInt64LittleEndian(status[40..]),
        BinaryPrimitives.ReadInt64LittleEndian(status[48..]),
        (BinaryPrimitives.ReadInt64LittleEndian(status[112..]) * NanosecondsPerSecond)
            + BinaryPrimitives.ReadUInt32LittleEndian(status[120..]));

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(SafeFileHandle directory, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);
}
