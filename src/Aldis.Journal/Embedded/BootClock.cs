using System.Runtime.InteropServices;

namespace Aldis.Journal.Embedded;

/// <summary>
/// The time that has passed on this machine, whatever its wall clock was set to. On Linux that includes the time it was suspended
/// (CLOCK_BOOTTIME), which the runtime's own clock leaves out; elsewhere a suspension looks like a jump of the wall clock.
/// </summary>
internal static partial class BootClock
{
    private const int LinuxBootTime = 7;
    private const string LinuxBootId = "/proc/sys/kernel/random/boot_id";
    private const long Second = 1_000_000_000;

    /// <summary>Nanoseconds since a beginning that is the same until the machine is started again.</summary>
    /// <param name="clock">The clock of the journal; one that is not the system's has its own elapsed time.</param>
    public static long Now(TimeProvider clock)
    {
        if (clock == TimeProvider.System && OperatingSystem.IsLinux() && Environment.Is64BitProcess
            && GetTime(LinuxBootTime, out TimeSpecification time) == 0)
        {
            return (time.Seconds * Second) + time.Nanoseconds;
        }

        return (long)((Int128)clock.GetTimestamp() * Second / clock.TimestampFrequency);
    }

    /// <summary>Which start of the machine this is; the empty id where the system does not say.</summary>
    public static Guid ReadId()
    {
        try
        {
            return Guid.TryParse(File.ReadAllText(LinuxBootId), out Guid id) ? id : Guid.Empty;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return Guid.Empty;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out TimeSpecification time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
