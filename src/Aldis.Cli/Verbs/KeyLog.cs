using System.CommandLine;

namespace Aldis.Cli.Verbs;

/// <summary>
/// The secrets of TLS sessions in a file, for Wireshark and its like (draft-ietf-tls-keylogfile, as SSLKEYLOGFILE has it). It is written where
/// a flag says so and never because a variable of the environment is there: the runtime looks at that one only behind a switch, which is set
/// here alone.
/// </summary>
internal static class KeyLog
{
    private const string Flag = "--keylog";
    private const string Variable = "SSLKEYLOGFILE";
    private const string Switch = "System.Net.EnableSslKeyLogging";

    /// <summary>What is said on each run, where keys are written; null where none are.</summary>
    public static string? Warning { get; private set; }

    /// <summary>The option of a verb that speaks TLS.</summary>
    public static Option<string?> NewOption() => new(Flag)
    {
        HelpName = "FILE",
        Description = "append the keys of the TLS sessions to FILE, for Wireshark: whoever has it reads what was recorded. Warns each time",
    };

    /// <summary>Writes the keys of this process's sessions; before the first of them.</summary>
    /// <param name="path">The file; made for its owner alone where it is not there.</param>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static void Begin(string path)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using FileStream _ = new(path, options);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{Flag}: '{path}' cannot be written: {exception.Message}");
        }

        AppContext.SetSwitch(Switch, isEnabled: true);
        Environment.SetEnvironmentVariable(Variable, path);
        Warning = $"the keys of TLS sessions are written to {path}: whoever has it reads what was recorded.";
    }
}
