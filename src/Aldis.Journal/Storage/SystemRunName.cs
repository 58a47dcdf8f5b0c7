using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Storage;

/// <summary>The name of <see cref="IStorageRoot.SystemRun"/> on Linux: the boot id, and the number that the kernel gives to a mount once.</summary>
internal static class SystemRunName
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    private static readonly UInt128 Boot = ReadBoot();

    /// <summary>Asks about the file system of an open directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>Zero where the system does not tell (before Linux 6.8).</returns>
    public static UInt128 Of(SafeFileHandle directory) =>
        Boot != UInt128.Zero && FileStatus.MountOf(directory) is { } mount ? Boot ^ mount : UInt128.Zero;

    private static UInt128 ReadBoot()
    {
        try
        {
            Span<byte> bytes = stackalloc byte[16];
            return Guid.TryParse(File.ReadAllText(BootIdFile), out Guid boot) && boot.TryWriteBytes(bytes)
                ? BinaryPrimitives.ReadUInt128LittleEndian(bytes)
                : UInt128.Zero;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return UInt128.Zero;
        }
    }
}
