namespace Aldis.Journal.Storage;

/// <summary>
/// What the runtime makes of EFBIG, the answer to a write beyond what the file system or the limit of the process (<c>ulimit -f</c>) allows:
/// an exception about an argument, which nobody who writes to a disk expects.
/// </summary>
internal static class FileTooLarge
{
    /// <summary>The failure of the disk that it is.</summary>
    /// <param name="exception">What the runtime threw.</param>
    /// <returns>The exception to throw instead.</returns>
    public static IOException Describe(ArgumentOutOfRangeException exception) => new("the file may not grow any more", exception);
}
