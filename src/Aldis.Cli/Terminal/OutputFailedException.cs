namespace Aldis.Cli.Terminal;

/// <summary>
/// Standard output cannot be written any more. <see cref="GuardedOutput"/> has said so where there is something to say, and the command
/// ends with <see cref="ExitCode"/> whether this is caught or not.
/// </summary>
/// <param name="cause">What the system reported, or the failure before.</param>
internal sealed class OutputFailedException(Exception cause) : Exception(cause.Message, cause)
{
    // EPIPE; ECONNRESET where standard output is a socket (Linux, macOS); ERROR_BROKEN_PIPE and ERROR_NO_DATA of Windows.
    private static readonly int[] ReaderGone = [32, 104, 54, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];

    /// <summary>Nobody reads it: <c>head</c> has seen enough. Everything else is a fault, such as a full disk.</summary>
    public bool IsReaderGone { get; } = cause is OutputFailedException earlier ? earlier.IsReaderGone : ReaderGone.Contains(cause.HResult);

    /// <summary>What the command ends with.</summary>
    public int ExitCode => IsReaderGone ? Cli.ExitCode.OutputClosed : Cli.ExitCode.UsageOrLocalError;
}
