using System.Diagnostics;
using Aldis.Cli.Tests.Interoperability;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>The commands of the documents run as they stand there, and print what is shown (eng/run-document.py).</summary>
public sealed class DocumentCommandTests
{
    /// <summary>This user may make no network of its own: run as root, or where user namespaces are allowed.</summary>
    private const int NoMachine = 3;

    /// <summary>What commands need that not every machine has.</summary>
    private static readonly string[] Programs = ["nc", "ncat", "socat", "curl", "mosquitto", "mosquitto_pub"];

    /// <summary>These have tests of their own, with ports that are free.</summary>
    private static readonly string[] HaveTheirOwn = ["docs/lab.md", "docs/lab-answers.md", "docs/sockets.md", "docs/learn/sockets.md"];

    public static TheoryData<string> Documents => [.. LinkTests.Enumerate()
        .Select(static file => Path.GetRelativePath(RoomTests.Root(), file).Replace('\\', '/'))
        .Where(static document => !HaveTheirOwn.Contains(document, StringComparer.Ordinal))
        .Where(static document => HasCommands(document))];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task The_commands_of_a_document_run_and_print_what_is_shown(string document) =>
        Assert.Equal((0, string.Empty), await RunAsync(Path.Combine(RoomTests.Root(), document)));

    [Theory]
    [InlineData("```sh\naldis lab --frames 2 --quiet\n```\n```text\nefficiency, measured  101 %\n```\n", "shows what is not printed")]
    [InlineData("```sh\naldis lab --no-such-option\n```\n", "ends with 2, not 0")]
    [InlineData("```sh\naldis serve echo=tcp://127.0.0.1:12345?no-such-option=1\n```\n", "ended by itself with 2")]
    [InlineData("```python\nprint(1 + 1)   # 3\n```\n", "shows what is not printed")]
    [InlineData("```\naldis lab\n```\n", "a command in a block that is not `sh`")]
    public async Task What_is_not_so_is_told(string text, string told)
    {
        using var directory = new TemporaryDirectory();
        string document = directory.Combine("wrong.md");
        await File.WriteAllTextAsync(document, text, TestContext.Current.CancellationToken);
        (int exit, string output) = await RunAsync(document);
        Assert.Equal(1, exit);
        Assert.Contains(told, output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_program_of_ones_own_conversation_is_the_sample_that_is_built()
    {
        string page = File.ReadAllText(Path.Combine(RoomTests.Root(), "docs", "how-to", "own-conversation.md"));
        string sample = File.ReadAllText(Path.Combine(RoomTests.Root(), "samples", "Conversation", "Program.cs"));
        Assert.Contains($"```csharp\n{sample}```\n", page, StringComparison.Ordinal);
    }

    private static bool HasCommands(string document) =>
        File.ReadAllText(Path.Combine(RoomTests.Root(), document)).Contains("```sh", StringComparison.Ordinal);

    private static async Task<(int Exit, string Output)> RunAsync(string document)
    {
        string text = await File.ReadAllTextAsync(document, TestContext.Current.CancellationToken);
        IEnumerable<string> named = Programs.Where(one => text.Contains(one + ' ', StringComparison.Ordinal));
        foreach (string program in named.Concat(["unshare", "ip"]))
        {
            PeerProgram.Require(program);
        }

        string[] words = [Path.Combine(RoomTests.Root(), "eng", "run-document.py"), document];
        using Process run = Process.Start(new ProcessStartInfo(PeerProgram.Require("python3"), words)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["ALDIS"] = AldisProcess.Executable },
        })!;
        string output = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(run.ExitCode == NoMachine && Environment.GetEnvironmentVariable("CI") != "true", output);
        return (run.ExitCode, output);
    }
}
