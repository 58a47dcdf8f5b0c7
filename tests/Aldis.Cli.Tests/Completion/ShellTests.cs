using System.Diagnostics;
using Aldis.Cli.Tests.Interoperability;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Completion;

/// <summary>The shells themselves complete this command with the scripts it prints.</summary>
public sealed class ShellTests : IDisposable
{
    // Each completes $1 and prints what it offers, a line each, as it would stand in its command line.
    private const string Bash = """
        source <(aldis completion bash)
        COMP_LINE=$1 COMP_POINT=${#1}
        compopt() { :; }
        _aldis aldis
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    private const string Fish = """
        aldis completion fish | source
        complete --do-complete $argv[1] | string split -f 1 \t
        """;

    private const string Pwsh = """
        aldis completion pwsh | Out-String | Invoke-Expression
        (TabExpansion2 -inputScript $args[0] -cursorColumn $args[0].Length).CompletionMatches.CompletionText
        """;

    // What was typed is in a terminal of its own, whose screen tells what became of it.
    private const string Zsh = """
        zmodload zsh/zpty
        zpty z env TERM=dumb PS1=x zsh -f -i
        zpty -w z 'autoload -Uz compinit; compinit -u -D; source <(aldis completion zsh); zstyle ":completion:*" list-prompt ""; print re""ady'
        zpty -r z line '*ready*'
        zpty -w -n z "$1"$'\t'
        zpty -r -m z line "*$2*" && print -r -- "$line"
        zpty -d z
        """;

    private readonly TemporaryDirectory _directory = new();

    public ShellTests()
    {
        Directory.CreateDirectory(_directory.Combine("pages"));
        File.WriteAllText(_directory.Combine("settings.json"), "{}");
    }

    public static TheoryData<string, string> Lines => new()
    {
        { "aldis ser", "serve" },
        { "aldis serve --conf", "--config" },
        { "aldis serve --config sett", "settings.json" },
        { "aldis log --data pa", "pages" },
        { "aldis send --skip", "--skip-taken" },
        { "aldis serve --level du", "durable" },
    };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Bash_completes(string line, string word) =>
        Assert.Contains(word, await CompletedAsync("bash", "bash", ["-c", Bash, "bash", line], word));

    [Theory]
    [InlineData("aldis serve messages=tc", "tcp:")]
    [InlineData("aldis serve messages=unix+s", "unix+seqpacket:")]
    [InlineData("aldis talk unix:sett", "settings.json")]
    [InlineData("aldis serve --config=sett", "settings.json")]
    [InlineData("aldis serve --level=du", "durable")]
    public async Task Bash_completes_behind_its_own_ends_of_words(string line, string word) =>
        Assert.Equal([word], await CompletedAsync("bash", "bash", ["-c", Bash, "bash", line], word));

    [Theory]
    [MemberData(nameof(Lines))]
    [InlineData("aldis serve messages=tc", "messages=tcp:")]
    [InlineData("aldis serve --config=sett", "--config=settings.json")]
    public async Task Fish_completes(string line, string word) =>
        Assert.Contains(word, await CompletedAsync("fish", "fish", ["-N", "-c", Fish, line], word));

    [Theory]
    [MemberData(nameof(Lines))]
    [InlineData("aldis serve messages=tc", "messages=tcp:")]
    [InlineData("aldis serve --config=sett", "--config=settings.json")]
    public async Task Zsh_completes(string line, string word) =>
        Assert.NotEmpty(await CompletedAsync("zsh", "zsh", ["-f", "-c", Zsh, "zsh", line, word], word));

    [Theory]
    [InlineData("aldis ser", "serve")]
    [InlineData("aldis serve --level ", "durable")]
    [InlineData("aldis serve messages=tc", "messages=tcp:")]
    [InlineData("aldis serve --config sett", "./settings.json")]
    public async Task PowerShell_completes(string line, string word)
    {
        string script = _directory.Combine("complete.ps1");
        await File.WriteAllTextAsync(script, Pwsh, TestContext.Current.CancellationToken);
        Assert.Contains(word, await CompletedAsync("pwsh", "pwsh", ["-NoProfile", "-NonInteractive", "-File", script, line], word));
    }

    /// <summary>What a shell offers, without what stands behind a whole word.</summary>
    private async Task<string[]> CompletedAsync(string shell, string program, string[] words, string expected)
    {
        var start = new ProcessStartInfo(PeerProgram.Require(program), words)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.Path,
        };
        start.Environment["PATH"] = $"{Path.GetDirectoryName(AldisProcess.Executable)}{Path.PathSeparator}{start.Environment["PATH"]}";
        start.Environment["HOME"] = _directory.Path;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).InTime();
        Assert.True(output.Contains(expected, StringComparison.Ordinal), $"{shell} offers '{output}' {await errors.InTime()}");
        return [.. output.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(static line => line.TrimEnd(' ', '/'))];
    }
}
