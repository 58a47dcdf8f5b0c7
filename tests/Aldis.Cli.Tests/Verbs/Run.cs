using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>One run of the command in this process, with memory for a console.</summary>
internal sealed record Run(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<JsonElement> Events =>
        [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];

    public static Task<Run> AldisAsync(params string[] arguments) => AldisAsync(string.Empty, arguments);

    public static Task<Run> AldisAsync(string input, string[] arguments) =>
        AldisAsync(new MemoryStream(Encoding.UTF8.GetBytes(input)), arguments, TestContext.Current.CancellationToken);

    public static async Task<Run> AldisAsync(
        Stream input, string[] arguments, CancellationToken interruption, bool isTerminal = false, Stream? output = null, int columns = 80,
        Stream? error = null)
    {
        var written = new MemoryStream();
        await using var text = new StringWriter { NewLine = "\n" };
        await using TextWriter people = error is null ? TextWriter.Synchronized(text) : CommandConsole.ErrorTo(error);
        var console = new CommandConsole
        {
            Input = input,
            Output = output ?? written,
            Error = people,
            InputIsTerminal = isTerminal,
            OutputIsTerminal = isTerminal,
            ErrorIsTerminal = isTerminal,
            OutputColumns = columns,
        };
        int exitCode = await AldisCommand.RunAsync(arguments, console, interruption);
        return new Run(exitCode, Encoding.UTF8.GetString(written.ToArray()), text.ToString());
    }

    /// <summary>Asserts the exit code and shows everything where it differs.</summary>
    public Run Ends(int exitCode, string sentence = "")
    {
        Assert.True(ExitCode == exitCode, $"exit {ExitCode}, not {exitCode}\n{Output}\n{Error}");
        Assert.Contains(sentence, Error, StringComparison.Ordinal);
        return this;
    }
}
