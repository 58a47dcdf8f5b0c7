using Aldis.Cli.Terminal;
using Aldis.Lab.Bench;
using Aldis.Protocols.Text;
using Aldis.Transports.Load;

namespace Aldis.Cli.Verbs.Bench;

/// <summary><c>aldis bench ADDRESS</c>: a load on a server, with progress, and its report.</summary>
internal static class LoadSession
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan EventPace = TimeSpan.FromSeconds(1);

    /// <summary>Runs it.</summary>
    /// <param name="context">Where to print.</param>
    /// <param name="settings">The load.</param>
    /// <param name="isQuiet">Whether progress is left out.</param>
    /// <param name="events">Takes progress and report; null for people.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(VerbContext context, LoadSettings settings, bool isQuiet, JsonEvents? events)
    {
        var run = new LoadRun(settings.Options);
        Task<LoadOutcome> running = run.RunAsync(context.Interruption);
        using (var live = new LiveLine(context.Console, isQuiet))
        using (var pace = new PeriodicTimer(Pace))
        {
            TimeSpan told = TimeSpan.Zero;
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, pace.WaitForNextTickAsync(CancellationToken.None).AsTask());
                live.Show(() => Line(run, settings));
                if (events is not null && run.Elapsed is TimeSpan elapsed && elapsed >= told + EventPace && !running.IsCompleted)
                {
                    told = elapsed;
                    events.Write("progress", writer =>
                    {
                        writer.WriteNumber("seconds", Math.Round(elapsed.TotalSeconds, 3));
                        writer.WriteNumber("answered", run.Answered);
                        writer.WriteNumber("errors", run.Failures);
                        writer.WriteNumber("connections", run.OpenConnections);
                    });
                }
            }
        }

        LoadOutcome outcome = await running;
        LoadReport report = LoadReporting.Of(settings, outcome);
        (int exitCode, string? sentence) = LoadReporting.End(report, outcome.Tally);
        if (events is null)
        {
            context.Console.WriteText(LoadText.Of(report));
        }
        else
        {
            events.Write("summary", writer => BenchJson.WriteProperties(writer, report));
        }

        if (outcome.IsInterrupted)
        {
            return ExitCode.Interrupted;
        }

        if (sentence is not null)
        {
            await context.Console.Error.WriteLineAsync("aldis: " + sentence);
        }

        return exitCode;
    }

    private static string Line(LoadRun run, LoadSettings settings) => run.Elapsed is TimeSpan elapsed
        ? $"{Quantity.Duration(elapsed)} of {Quantity.Duration(settings.Options.Duration)}  {Quantity.Count(run.Answered)} answered  "
            + $"{Quantity.Count(run.Answered / Math.Max(0.001, elapsed.TotalSeconds))}/s  {Quantity.Count(run.Failures)} errors"
        : $"{Quantity.Count(run.OpenConnections)} of {Quantity.Count(settings.Options.Connections)} connections open";
}
