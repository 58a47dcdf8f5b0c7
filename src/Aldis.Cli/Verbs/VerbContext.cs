using System.CommandLine;
using Aldis.Cli.Logging;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Text;
using Aldis.Transports;

namespace Aldis.Cli.Verbs;

/// <summary>What every verb is given, and the one place where its failures become sentences and exit codes.</summary>
/// <param name="console">Where it reads and writes.</param>
/// <param name="interruption">Cancelled when the user asks for an orderly end.</param>
/// <param name="outputFailed">Cancelled when standard output cannot be written any more.</param>
internal sealed class VerbContext(CommandConsole console, CancellationToken interruption, CancellationToken outputFailed)
{
    /// <summary>The name of <see cref="JsonOption"/>.</summary>
    public const string JsonName = "--json";

    /// <summary>
    /// How long a client may take to end after it was asked to. Everything it waits for ends at once; what does not is a system call, such
    /// as the write to a pipe that nobody empties.
    /// </summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(2);

    /// <summary>Shared by all verbs: one JSON object per line on standard output.</summary>
    public static Option<bool> JsonOption() => new(JsonName) { Description = "print events as one JSON object per line on stdout" };

    /// <summary>Shared by all verbs: nothing but errors on standard error.</summary>
    public static Option<bool> QuietOption() => new("--quiet", "-q") { Description = "print nothing but errors on stderr" };

    public CommandConsole Console { get; } = console;

    /// <summary>What SIGHUP means while the verb runs.</summary>
    public Hangup Hangup { get; init; } = new();

    /// <summary>The same for a console that shows ASCII alone.</summary>
    public VerbContext WithAscii() => new(Console with { IsAscii = true }, Interruption, OutputFailed) { Hangup = Hangup };

    /// <summary>The same for a verb that speaks to people elsewhere.</summary>
    /// <param name="error">Where.</param>
    public VerbContext WithError(TextWriter error) => new(Console with { Error = error, ErrorIsTerminal = false }, Interruption, OutputFailed) { Hangup = Hangup };

    /// <summary>Cancelled when the user asks for an orderly end.</summary>
    public CancellationToken Interruption { get; } = interruption;

    /// <summary>Cancelled when standard output cannot be written any more: a verb that goes on all the same takes on nothing new.</summary>
    public CancellationToken OutputFailed { get; } = outputFailed;

    /// <summary>
    /// Runs the body of a verb that is over soon after it was asked to end, wherever it waits: a first press is enough.
    /// </summary>
    /// <param name="wantsJson">Whether <c>--json</c> was given.</param>
    /// <param name="body">The verb, given the event writer (null without <c>--json</c>); it answers with its exit code.</param>
    /// <param name="carriesPayload">
    /// Whether what the verb carries matters more than its report: it then goes on where the report cannot be written.
    /// </param>
    /// <param name="isTimed">Whether events carry the time; the laboratory's do not, so that they are the same each time.</param>
    /// <returns>
    /// The exit code. An interruption answers <see cref="ExitCode.Interrupted"/>; the process replaces it by the signal's own.
    /// </returns>
    public async Task<int> RunAsync(bool wantsJson, Func<JsonEvents?, Task<int>> body, bool carriesPayload = false, bool isTimed = true)
    {
        Task<int> running = Task.Run(() => RunToEndAsync(wantsJson, body, carriesPayload, isTimed), CancellationToken.None);
        try
        {
            return await running.WaitAsync(Interruption);
        }
        catch (OperationCanceledException)
        {
            return await Task.WhenAny(running, Task.Delay(EndTime)) == running ? await running : ExitCode.Interrupted;
        }
    }

    /// <summary>
    /// Runs a verb's body to its end and turns its failure into one sentence (an object with <c>--json</c>) and an exit code.
    /// </summary>
    /// <inheritdoc cref="RunAsync" path="/param"/>
    /// <returns>The exit code, as above.</returns>
    public async Task<int> RunToEndAsync(bool wantsJson, Func<JsonEvents?, Task<int>> body, bool carriesPayload, bool isTimed = true)
    {
        JsonEvents? json = wantsJson ? new JsonEvents(Console.Output, carriesPayload, isTimed ? TimeProvider.System : null) : null;
        try
        {
            return await RunBodyAsync(json, body);
        }
        finally
        {
            json?.Flush();
        }
    }

    /// <summary>Says in one sentence, and as the event <c>error</c>, why the verb ends as it does.</summary>
    /// <param name="json">Takes the event; null without <c>--json</c>.</param>
    /// <param name="exitCode">What the verb ends with.</param>
    /// <param name="message">The sentence.</param>
    /// <returns>The exit code.</returns>
    public int Report(JsonEvents? json, int exitCode, string message) => Report(json, exitCode, [message]);

    /// <summary>Says in sentences, each on its line, and as one event <c>error</c>, why the command ends as it does.</summary>
    /// <inheritdoc cref="Report(JsonEvents?, int, string)" path="/param[@name!='message']"/>
    /// <param name="sentences">The sentences.</param>
    /// <returns>The exit code.</returns>
    public int Report(JsonEvents? json, int exitCode, IReadOnlyList<string> sentences)
    {
        foreach (string sentence in sentences)
        {
            if (Console.Error is LogLineWriter log)
            {
                log.WriteFailure(sentence);
            }
            else
            {
                // It may have words of a peer.
                Console.Error.WriteLine("aldis: " + PrintableText.Escape(sentence));
            }
        }

        json?.Write("error", writer =>
        {
            writer.WriteNumber("code", exitCode);
            writer.WriteString("message", string.Join(' ', sentences));
        });
        return exitCode;
    }

    /// <summary>Runs a part of a verb whose failures are told where this context speaks to people.</summary>
    /// <param name="json">Takes the event; null without <c>--json</c>.</param>
    /// <param name="body">The part; it answers with the exit code.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunBodyAsync(JsonEvents? json, Func<JsonEvents?, Task<int>> body)
    {
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
        catch (UnauthorizedAccessException exception)
        {
            return Report(json, ExitCode.UsageOrLocalError, exception.Message);
        }
    }
}
