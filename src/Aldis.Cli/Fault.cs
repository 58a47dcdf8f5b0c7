using Aldis.Cli.Terminal;

namespace Aldis.Cli;

/// <summary>A fault of aldis itself: one sentence, exit 70, and what a report of it needs only where that was asked for.</summary>
internal static class Fault
{
    internal const string DetailsVariable = "ALDIS_DEBUG";

    /// <summary>
    /// Tells of an exception on a thread that nobody waits for and ends the process, which the runtime would do with a trace and a core
    /// dump.
    /// </summary>
    public static void EndProcessOnUnhandled() => AppDomain.CurrentDomain.UnhandledException += static (_, unhandled) =>
        Environment.Exit(Tell(CommandConsole.ErrorTo(StandardStream.Open(Descriptors.Error)), (Exception)unhandled.ExceptionObject));

    /// <summary>Tells of a fault.</summary>
    /// <param name="error">Where people read.</param>
    /// <param name="exception">What nobody expected.</param>
    /// <returns>The exit code.</returns>
    public static int Tell(TextWriter error, Exception exception)
    {
        error.WriteLine($"aldis: a fault in aldis itself ended it: {exception.Message}");
        error.WriteLine(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(DetailsVariable))
            ? $"aldis: please report it; with {DetailsVariable}=1 in the environment it is told in full."
            : exception.ToString());
        return ExitCode.Fault;
    }
}
