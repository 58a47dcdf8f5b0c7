using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Aldis.Cli.Tests.Events;
using Aldis.Cli.Tests.Interoperability;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>
/// A page of docs/ whose sections show commands and what they print: its commands run, end as they are said to, and print the lines that are
/// shown, in their order; an ellipsis in one is whatever is different each time.
/// </summary>
internal sealed class GuidePage : IAsyncDisposable
{
    private const string Background = " &";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string _text;
    private readonly TemporaryDirectory _directory = new();
    private readonly List<AldisProcess> _servers = [];
    private readonly Dictionary<string, string> _ports = new(StringComparer.Ordinal);

    /// <summary>Opens a page.</summary>
    /// <param name="path">Its folders in docs/, and its name.</param>
    public GuidePage(params string[] path) => _text = EventDocument.Text(path);

    /// <summary>The numbers of the sections that have commands.</summary>
    /// <param name="path">The page.</param>
    public static IEnumerable<int> Numbers(params string[] path) => EventDocument.Text(path).Split("\n## ").Skip(1)
        .Where(static section => section.Contains("```sh\n", StringComparison.Ordinal))
        .Select(static section => int.Parse(section.Split('.')[0], CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        foreach (AldisProcess server in _servers)
        {
            await server.DisposeAsync();
        }

        _directory.Dispose();
    }

    /// <summary>A section of the page.</summary>
    /// <param name="number">Its number.</param>
    public string Section(int number) =>
        _text.Split("\n## ").Single(section => section.StartsWith($"{number}. ", StringComparison.Ordinal));

    /// <summary>What a section shows and its commands do not print.</summary>
    /// <param name="section">The section.</param>
    /// <returns>Nothing, or the lines and what was printed.</returns>
    public async Task<List<string>> UnprintedAsync(string section)
    {
        foreach (Match program in Regex.Matches(
            _text, "ave it as `(?<name>[a-z]+\\.py)`:\n\n```python\n(?<text>.*?)\n```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, Patience))
        {
            await File.WriteAllTextAsync(
                _directory.Combine(program.Groups["name"].Value), program.Groups["text"].Value, TestContext.Current.CancellationToken);
        }

        string printed = string.Empty;
        foreach (string command in LinesOf(section, "sh"))
        {
            printed += await RunAsync(command);
        }

        int position = 0;
        var missing = new List<string>();
        foreach (string line in LinesOf(section, "text").Select(Local))
        {
            Match found = new Regex(Regex.Escape(line).Replace("…", ".*?", StringComparison.Ordinal), RegexOptions.None, Patience)
                .Match(printed, position);
            position = found.Success ? found.Index + found.Length : position;
            missing.AddRange(found.Success ? [] : [line]);
        }

        return missing.Count == 0 ? [] : [.. missing, printed];
    }

    private static IEnumerable<string> LinesOf(string text, string language) =>
        Regex.Matches(text, $"```{language}\n(.*?)\n```", RegexOptions.Singleline, Patience)
            .SelectMany(static block => block.Groups[1].Value.Split('\n'));

    /// <summary>What a command of the page prints, on standard output and then on standard error.</summary>
    private async Task<string> RunAsync(string command)
    {
        if (command.EndsWith(Background, StringComparison.Ordinal))
        {
            await ServeAsync(WordsOf(command[..^Background.Length]));
            return string.Empty;
        }

        string[] exit = command.Split(" # exit ");
        string[] pipe = Local(exit[0]).Split(" | ");
        string[] words = WordsOf(pipe[^1]);
        if (words[0] != "aldis")
        {
            return await PythonAsync(words[1..]);
        }

        if (words[1] == "ping" && !words.Contains("-W", StringComparer.Ordinal))
        {
            // How long a busy machine takes is not what is shown.
            words = [.. words, "-W", "60"];
        }

        string input = pipe.Length == 1 ? string.Empty : Regex.Unescape(pipe[0].Split('\'')[1]);
        Run run = (await Run.AldisAsync(input, words[1..])).Ends(exit.Length == 1 ? ExitCode.Confirmed : int.Parse(exit[1], null));
        return run.Output + run.Error;
    }

    /// <summary>The words of a command; what stands in quotes is one.</summary>
    private static string[] WordsOf(string command) =>
        [.. Regex.Matches(command, "'[^']*'|\\S+", RegexOptions.None, Patience).Select(static word => word.Value.Trim('\''))];

    /// <summary>Starts a server of the page at ports that are free.</summary>
    private async Task ServeAsync(string[] words)
    {
        string[] asked = [.. words[2..].Select(Local)];
        string[] ports = [.. Regex.Matches(string.Join(' ', asked), @"127\.0\.0\.1:(?<port>\d+)", RegexOptions.ExplicitCapture, Patience)
            .Select(static match => match.Groups["port"].Value).Where(port => !_ports.ContainsValue(port))];
        string[] free =
        [
            .. asked.Select(word => ports.Aggregate(word, static (text, port) => text.Replace(":" + port, ":0", StringComparison.Ordinal))),
        ];
        AldisProcess server = words[1] == "serve" ? await AldisProcess.ServeAsync(free) : await AldisProcess.LinkAsync(free);
        _servers.Add(server);
        foreach (string port in ports)
        {
            _ports[port] = server.EndPoints.Values.Single().Port.ToString(CultureInfo.InvariantCulture);
        }
    }

    private async Task<string> PythonAsync(string[] words)
    {
        using Process python = Process.Start(new ProcessStartInfo(PeerProgram.Require("python3"), words)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = _directory.Path,
        })!;
        string output = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }

    /// <summary>A line of the page as it is here: with paths and ports that belong to this test.</summary>
    private string Local(string line) => _ports
        .Aggregate(line, static (text, port) => Regex.Replace(
            text, $@"(127\.0\.0\.1[: ]){port.Key}\b", "${1}" + port.Value, RegexOptions.None, Patience))
        .Replace("/tmp/", _directory.Path + "/", StringComparison.Ordinal);
}
