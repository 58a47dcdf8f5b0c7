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
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7ff;
    private const uint UniqueMount = 0x4000;
    private const int Size = 256;
    private const int TypeMask = 0xf000;
    private const int Regular = 0x8000;
    private const int Directory = 0x4000;
    private const int Link = 0xa000;
    private const int Pipe = 0x1000;
    private const int CharacterDevice = 0x2000;
    private const int BlockDevice = 0x6000;
    private const int Socket = 0xc000;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Its type and its permissions, as st_mode has them (inode(7)).</summary>
    public int Mode { get; init; }

    /// <summary>When its content, its name or its permissions were last changed, in nanoseconds since 1970; nobody can set that back.</summary>
    public long Changed { get; init; }

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => (Mode & TypeMask) == Directory;

    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsLink => (Mode & TypeMask) == Link;

    /// <summary>What people call a thing of its type, with the article.</summary>
    public string TypeName => (Mode & TypeMask) switch
    {
        Regular => "a file",
        Directory => "a directory",
        Link => "a link",
        Pipe => "a pipe",
        CharacterDevice or BlockDevice => "a device",
        Socket => "a socket",
        _ => "something else",
    };

    /// <summary>A file, where the system tells no more than the runtime knows.</summary>
    /// <param name="length">Bytes.</param>
    /// <param name="written">When its content was last changed, UTC.</param>
    /// <param name="permissions">Its permissions.</param>
    public static FileStatus OfFile(long length, DateTime written, int permissions) =>
        new(0, 0, IsRegular: true, length, Blocks: 1, Nanoseconds(written)) { Mode = Regular | permissions };

    /// <summary>A directory, where the system tells no more than the runtime knows.</summary>
    /// <inheritdoc cref="OfFile" path="/param"/>
    public static FileStatus OfDirectory(DateTime written, int permissions) =>
        new(0, 0, IsRegular: false, 0, Blocks: 1, Nanoseconds(written)) { Mode = Directory | permissions };

    /// <summary>A symbolic link, where the system tells no more than the runtime knows.</summary>
    /// <inheritdoc cref="OfFile" path="/param"/>
    public static FileStatus OfLink(DateTime written) =>
        new(0, 0, IsRegular: false, 0, Blocks: 1, Nanoseconds(written)) { Mode = Link };

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
    public static FileStatus? Of(string path) => Of(path, 0);

    /// <summary>As <see cref="Of(string)"/>, but of a link it tells what the link is itself.</summary>
    /// <param name="path">The name.</param>
    public static FileStatus? OfName(string path) => Of(path, NoFollow);

    /// <summary>Asks about what has a name in an open directory; of a link it tells what the link is itself.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name, one component.</param>
    /// <returns>Null where nothing has it, or the system does not tell.</returns>
    public static FileStatus? OfName(SafeFileHandle directory, string name)
    {
        Span<byte> status = stackalloc byte[Size];
        return OperatingSystem.IsLinux() && Statx(directory, name, NoFollow, BasicStats, status) == 0 ? Read(status) : null;
    }

    /// <summary>The number of the mount that an open directory is in, which no other mount of this run of the system gets.</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>Null where the system does not tell.</returns>
    public static ulong? MountOf(SafeFileHandle directory)
    {
        Span<byte> status = stackalloc byte[Size];
        return OperatingSystem.IsLinux() && Statx(directory, string.Empty, EmptyPath, UniqueMount, status) == 0
            && (BinaryPrimitives.ReadUInt32LittleEndian(status) & UniqueMount) != 0
                ? BinaryPrimitives.ReadUInt64LittleEndian(status[144..])
                : null;
    }

    private static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private static FileStatus? Of(string path, int flags)
    {
        Span<byte> status = stackalloc byte[Size];
        return OperatingSystem.IsLinux() && Statx(CurrentDirectory, path, flags, BasicStats, status) == 0 ? Read(status) : null;
    }

    private static FileStatus Read(ReadOnlySpan<byte> status)
    {
        int mode = BinaryPrimitives.ReadUInt16LittleEndian(status[28..]);
        return new(
            BinaryPrimitives.ReadUInt64LittleEndian(status[136..]),
            BinaryPrimitives.ReadUInt64LittleEndian(status[32..]),
            (mode & TypeMask) == Regular,
            BinaryPrimitives.ReadInt64LittleEndian(status[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(status[48..]),
            ReadTime(status[112..]))
        {
            Mode = mode,
            Changed = ReadTime(status[96..]),
        };
    }

    private static long ReadTime(ReadOnlySpan<byte> time) =>
        (BinaryPrimitives.ReadInt64LittleEndian(time) * NanosecondsPerSecond) + BinaryPrimitives.ReadUInt32LittleEndian(time[8..]);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(SafeFileHandle directory, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);
}
