using System.Diagnostics;
using System.Text.RegularExpressions;
using Aldis.Cli.Tests.Events;
using Aldis.Cli.Tests.Interoperability;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>
/// docs/sockets.md stays true: its commands run, end as they are said to, and print the lines that are shown, in their order.
/// </summary>
public sealed class SocketsGuideTests : IAsyncDisposable
{
    private const int Experiments = 5;
    private const string Background = " &";

    private readonly TemporaryDirectory _directory = new();
    private readonly List<AldisProcess> _servers = [];
    private readonly Dictionary<string, string> _ports = new(StringComparer.Ordinal);

    public static TheoryData<int> Numbers => [.. Enumerable.Range(1, Experiments)];

    public async ValueTask DisposeAsync()
    {
        foreach (AldisProcess server in _servers)
        {
            await server.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task An_experiment_prints_the_lines_it_shows(int number) => Assert.Empty(await UnprintedAsync(SectionOf(number)));

    [Fact]
    public async Task A_line_that_is_not_printed_is_noticed()
    {
        string section = SectionOf(1);
        Assert.NotEmpty(await UnprintedAsync(section.Replace("gives onetwo", "gives twoone", StringComparison.Ordinal)));
    }

    private static string SectionOf(int number) => EventDocument.Text("sockets.md").Split("\n## ")
        .Single(section => section.StartsWith($"{number}. ", StringComparison.Ordinal));

    private static IEnumerable<string> LinesOf(string text, string language) =>
        Regex.Matches(text, $"```{language}\n(.*?)\n```", RegexOptions.Singleline, TimeSpan.FromSeconds(5))
            .SelectMany(static block => block.Groups[1].Value.Split('\n'));

    /// <summary>What a section shows and its commands do not print.</summary>
    private async Task<List<string>> UnprintedAsync(string section)
    {
        string program = string.Join('\n', LinesOf(EventDocument.Text("sockets.md"), "python"));
        await File.WriteAllTextAsync(_directory.Combine("twice.py"), program, TestContext.Current.CancellationToken);
        string printed = string.Empty;
        foreach (string command in LinesOf(section, "sh"))
        {
            printed += await RunAsync(command);
        }

        int position = 0;
        var missing = new List<string>();
        foreach (string line in LinesOf(section, "text").Select(Local))
        {
            int found = printed.IndexOf(line, position, StringComparison.Ordinal);
            position = found < 0 ? position : found + line.Length;
            missing.AddRange(found < 0 ? [line] : []);
        }

        return missing.Count == 0 ? [] : [.. missing, printed];
    }

    /// <summary>What a command of the page prints, on standard output and then on standard error.</summary>
    private async Task<string> RunAsync(string command)
    {
        if (command.EndsWith(Background, StringComparison.Ordinal))
        {
            await ServeAsync(command[..^Background.Length].Split(' '));
            return string.Empty;
        }

        string[] exit = command.Split(" # exit ");
        string[] pipe = Local(exit[0]).Split(" | ");
        string[] words = pipe[^1].Split(' ');
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

    /// <summary>Starts a server of the page at ports that are free.</summary>
    private async Task ServeAsync(string[] words)
    {
        string[] asked = [.. words[2..].Select(Local)];
        string[] ports = [.. Regex.Matches(string.Join(' ', asked), @"127\.0\.0\.1:(?<port>\d+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5))
            .Select(static match => match.Groups["port"].Value).Where(port => !_ports.ContainsValue(port))];
        string[] free =
        [
            .. asked.Select(word => ports.Aggregate(word, static (text, port) => text.Replace(":" + port, ":0", StringComparison.Ordinal))),
        ];
        AldisProcess server = words[1] == "serve" ? await AldisProcess.ServeAsync(free) : await AldisProcess.LinkAsync(free);
        _servers.Add(server);
        foreach (string port in ports)
        {
            _ports[port] = server.EndPoints.Values.Single().Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
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
            text, $@"(127\.0\.0\.1[: ]){port.Key}\b", "${1}" + port.Value, RegexOptions.None, TimeSpan.FromSeconds(5)))
        .Replace("/tmp/", _directory.Path + "/", StringComparison.Ordinal);
}
