using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Transports.Dialing;

namespace Aldis.Cli.Verbs;

/// <summary>What every verb is given, and the one place where failures become sentences and exit codes.</summary>
internal sealed class VerbContext(CommandConsole console, CancellationToken interruption)
{
    /// <summary>Shared by all verbs: one JSON object per line on standard output.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "print events as one JSON object per line on stdout" };

    /// <summary>Shared by all verbs: nothing but errors on standard error.</summary>
    public static Option<bool> QuietOption() => new("--quiet", "-q") { Description = "print nothing but errors on stderr" };

    public CommandConsole Console { get; } = console;

    /// <summary>Cancelled when the user asks for an orderly end.</summary>
    public CancellationToken Interruption { get; } = interruption;

    /// <summary>Runs a verb's body and turns its failure into one sentence (an object with <c>--json</c>) and an exit code.</summary>
    /// <param name="wantsJson">Whether <c>--json</c> was given.</param>
    /// <param name="body">The verb, given the event writer (null without <c>--json</c>); it answers with its exit code.</param>
    /// <returns>The exit code. An interruption answers <see cref="ExitCode.Interrupted"/>; the process replaces it by the signal's own.</returns>
    public async Task<int> RunAsync(bool wantsJson, Func<JsonEvents?, Task<int>> body)
    {
        JsonEvents? json = wantsJson ? new JsonEvents(Console.Output) : null;
        try
        {
            return await body(json);
        }
        catch (CommunicationException exception)
        {
            return Report(json, ExitCode.Of(exception.Failure), exception.Message);
        }
        catch (Exception exception) when (exception is UsageException or FormatException)
        {
            return Report(json, ExitCode.UsageOrLocalError, exception.Message);
        }
        catch (OperationCanceledException) when (Interruption.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (OutputClosedException)
        {
            return ExitCode.OutputClosed;
        }
        catch (UnauthorizedAccessException exception)
        {
            return Report(json, ExitCode.UsageOrLocalError, exception.Message);
        }
    }

    public int Report(JsonEvents? json, int exitCode, string message)
    {
        Console.Error.WriteLine("aldis: " + message);
        json?.Write("error", writer =>
        {
            writer.WriteNumber("code", exitCode);
            writer.WriteString("message", message);
        });
        return exitCode;
    }
}
