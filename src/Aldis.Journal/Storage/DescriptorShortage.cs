namespace Aldis.Journal.Storage;

/// <summary>Tells the want of file descriptors, which passes, from a failure of the disk, which does not.</summary>
internal static class DescriptorShortage
{
    // ENFILE (the machine has no more) and EMFILE (the process has), the same on Linux and macOS; ERROR_TOO_MANY_OPEN_FILES of Windows.
    private const int MachineHasNoMore = 23;
    private const int ProcessHasNoMore = 24;
    private const int WindowsTooManyOpenFiles = unchecked((int)0x80070004);

    /// <summary>Whether a file could not be opened because there was no descriptor for it.</summary>
    /// <param name="exception">What opening it threw.</param>
    public static bool IsReasonOf(Exception exception) =>
        exception is IOException { HResult: MachineHasNoMore or ProcessHasNoMore or WindowsTooManyOpenFiles };
}
