using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Lab.Bench;

namespace Aldis.Cli.Verbs.Bench;

/// <summary><c>aldis bench --compare</c>: two reports side by side.</summary>
internal static class CompareSession
{
    private const long MostBytes = 64 * 1024 * 1024;

    /// <summary>Prints the comparison.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="first">The file of one report, as <c>--json</c> printed it.</param>
    /// <param name="second">That of the other.</param>
    /// <param name="events">Takes the figures; null for people.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">A file cannot be read, or holds no report.</exception>
    public static int Run(VerbContext context, string first, string second, JsonEvents? events)
    {
        using JsonDocument one = Read(first);
        using JsonDocument other = Read(second);
        IReadOnlyList<ComparedFigure> rows;
        try
        {
            rows = ReportComparison.Compare(one.RootElement, other.RootElement);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"{first} and {second} cannot be compared: {exception.Message}");
        }

        if (events is null)
        {
            context.Console.WriteText(ReportComparison.Text(rows));
            return ExitCode.Confirmed;
        }

        foreach (ComparedFigure row in rows)
        {
            events.Write("compared", writer =>
            {
                writer.WriteString("figure", row.Name);
                writer.WriteNumber("first", row.First);
                writer.WriteNumber("second", row.Second);
                if (row.Ratio is double ratio)
                {
                    writer.WriteNumber("ratio", Math.Round(ratio, 4));
                }
            });
        }

        return ExitCode.Confirmed;
    }

    /// <summary>Finds the last summary of a file.</summary>
    private static JsonDocument Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MostBytes)
            {
                throw new UsageException($"{path} is longer than 64 MiB: it is no report of aldis bench.");
            }

            string? line = File.ReadLines(path)
                .LastOrDefault(static text => text.Contains("\"event\":\"summary\"", StringComparison.Ordinal));
            return JsonDocument.Parse(line ?? throw new UsageException($"{path} holds no report of aldis bench: make one with --json."));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {exception.Message}");
        }
        catch (JsonException)
        {
            throw new UsageException($"{path} holds no report of aldis bench: its last summary is no JSON.");
        }
    }
}
