using System.CommandLine;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>One run of the command in this process, with memory for a console.</summary>
internal sealed record Run(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<JsonElement> Events =>
        [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];

    public static Task<Run> AldisAsync(params string[] arguments) => AldisAsync(string.Empty, arguments);

    public static Task<Run> AldisAsync(string input, string[] arguments) =>
        AldisAsync(new MemoryStream(Encoding.UTF8.GetBytes(input)), arguments, TestContext.Current.CancellationToken);

    public static Task<Run> AldisAsync(
        Stream input, string[] arguments, CancellationToken interruption, bool isTerminal = false, Stream? output = null, int columns = 80,
        Stream? error = null) =>
        OfAsync(console => AldisCommand.RunAsync(arguments, console, interruption), input, isTerminal, output, columns, error);

    /// <summary>Runs a verb that the test made, without the command around it.</summary>
    /// <param name="verb">Makes it.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="arguments">What follows the verb's name.</param>
    public static Task<Run> VerbAsync(Func<VerbContext, Command> verb, Stream input, string[] arguments)
    {
        CancellationToken interruption = TestContext.Current.CancellationToken;
        return OfAsync(
            console => verb(new VerbContext(console, interruption, CancellationToken.None)).Parse(arguments).InvokeAsync(null, interruption),
            input);
    }

    /// <summary>Asserts the exit code and shows everything where it differs.</summary>
    public Run Ends(int exitCode, string sentence = "")
    {
        Assert.True(ExitCode == exitCode, $"exit {ExitCode}, not {exitCode}\n{Output}\n{Error}");
        Assert.Contains(sentence, Error, StringComparison.Ordinal);
        return this;
    }

    private static async Task<Run> OfAsync(
        Func<CommandConsole, Task<int>> run, Stream input, bool isTerminal = false, Stream? output = null, int columns = 80,
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
        int exitCode = await run(console);
        return new Run(exitCode, Encoding.UTF8.GetString(written.ToArray()), text.ToString());
    }
}
