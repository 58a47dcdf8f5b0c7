using Aldis.Cli.Terminal;
using Aldis.Lab.Grading;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>A trace that is judged: read, graded, told.</summary>
internal static class GradeSession
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>Judges a trace.</summary>
    /// <param name="context">Where to write.</param>
    /// <param name="path">Its file, or <c>-</c> for standard input.</param>
    /// <param name="given">What the command line says of it.</param>
    /// <param name="isQuiet">Whether the marks alone are printed.</param>
    /// <param name="events">Takes objects instead of text, or null.</param>
    /// <returns>The exit code: <see cref="ExitCode.ExpectationFailed"/> if a rule was broken.</returns>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    /// <exception cref="FormatException">It holds no trace.</exception>
    public static async Task<int> RunAsync(VerbContext context, string path, TraceHead given, bool isQuiet, JsonEvents? events)
    {
        byte[] bytes = await ReadAsync(context, path);
        ProtocolTrace trace = TraceReader.Read(bytes, given);
        GradeReport report = trace.Grade();
        Tell(context, report, isQuiet, events);
        return report.IsPassed ? ExitCode.Confirmed : ExitCode.ExpectationFailed;
    }

    /// <summary>Prints a judgement.</summary>
    /// <param name="context">Where to write.</param>
    /// <param name="report">The judgement.</param>
    /// <param name="isQuiet">Whether the marks alone are printed.</param>
    /// <param name="events">Takes objects instead of text, or null.</param>
    public static void Tell(VerbContext context, GradeReport report, bool isQuiet, JsonEvents? events)
    {
        if (events is not null)
        {
            foreach (RuleVerdict verdict in report.Verdicts)
            {
                events.Write("rule", writer => GradeReport.Write(writer, verdict));
            }

            events.Write("grade", report.Write);
            return;
        }

        string[] lines = [.. report.Lines(context.Console.OutputColumns)];
        string text = string.Join('\n', isQuiet ? lines[^1..] : lines) + "\n";
        context.Console.WriteText(text);
    }

    /// <summary>Reads what was handed in.</summary>
    /// <param name="context">Where standard input is.</param>
    /// <param name="path">Its file, or <c>-</c> for standard input.</param>
    /// <returns>Its bytes, 64 MiB at most.</returns>
    /// <exception cref="UsageException">It cannot be read, or is longer.</exception>
    public static async Task<byte[]> ReadAsync(VerbContext context, string path)
    {
        string name = path == "-" ? "standard input" : $"'{path}'";
        try
        {
            if (path == "-")
            {
                return await ReadAsync(name, context.Console.Input, context.Interruption);
            }

            await using FileStream file = await FileInput.OpenAsync(path, context.Interruption);
            return await ReadAsync(name, file, context.Interruption);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UsageException($"{name} cannot be read: {exception.Message.TrimEnd('.')}.");
        }
    }

    private static async Task<byte[]> ReadAsync(string name, Stream source, CancellationToken cancellationToken)
    {
        byte[] piece = new byte[PieceBytes];
        var read = new MemoryStream();
        while (await FileInput.CallAsync(() => source.Read(piece), cancellationToken) is var count and > 0)
        {
            await read.WriteAsync(piece.AsMemory(0, count), cancellationToken);
            if (read.Length > TraceReader.MostBytes)
            {
                throw new UsageException($"{name} holds more than {TraceReader.MostBytes / (1024 * 1024)} MiB: grade a part of it.");
            }
        }

        return read.ToArray();
    }
}
