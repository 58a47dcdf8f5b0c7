namespace Aldis.Cli.Terminal;

/// <summary>
/// The terminal that the process belongs to: one that is closed sends SIGHUP, as an operator does who wants files read again, and only then
/// is gone (<c>/dev/tty</c> cannot be opened any more).
/// </summary>
internal static class ControllingTerminal
{
    private static readonly bool HadOne = CanBeOpened();

    /// <summary>Whether the process had one when this was asked first, and has none now.</summary>
    public static bool IsGone => HadOne && !CanBeOpened();

    private static bool CanBeOpened()
    {
        try
        {
            using var _ = new FileStream("/dev/tty", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
