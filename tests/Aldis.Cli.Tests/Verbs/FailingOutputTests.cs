using Aldis.Cli.Terminal;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>Every verb with a standard stream that fails: decided in one place, so the same for all.</summary>
public sealed class FailingOutputTests
{
    private const string FullDiskSentence =
        "aldis: standard output cannot be written: No space left on device. What was to be printed is not complete.\n";

    /// <summary>Calls that write to standard output; PEER is a server that echoes.</summary>
    public static TheoryData<string> Printing =>
    [
        "--help", "--version", "serve --help", "echo --help", "talk --help", "send --help", "copy --help", "log --help", "lab --help",
        "lab", "lab --json", "lab --best --frames 50", "lab --best --frames 50 --json", "lab --sweep loss=0..1% --frames 50",
        "lab --sweep loss=0..1% --frames 50 --json", "lab --mermaid", "lab --quiet",
        "echo PEER hi", "echo PEER --json", "echo PEER -c 0 --json", "talk PEER", "talk PEER --json",
    ];

    [Theory]
    [MemberData(nameof(Printing))]
    public async Task A_full_disk_under_stdout_is_one_sentence_and_exit_2(string call)
    {
        Run run = await RunAsync(call, output: new FullDisk());
        AssertSober(run.Ends(ExitCode.UsageOrLocalError, FullDiskSentence));
    }

    [Theory]
    [MemberData(nameof(Printing))]
    public async Task A_reader_that_went_away_is_exit_141_without_a_word_about_it(string call)
    {
        Run run = await RunAsync(call, output: new ClosedPipe());
        Assert.DoesNotContain("standard output", run.Error, StringComparison.Ordinal);
        AssertSober(run.Ends(ExitCode.OutputClosed));
    }

    [Theory]
    [MemberData(nameof(Printing))]
    public async Task A_stderr_that_fails_changes_nothing(string call)
    {
        if (call.Contains("-c 0", StringComparison.Ordinal))
        {
            return;
        }

        Run whole = await RunAsync(call);
        Assert.Equal(whole.ExitCode, (await RunAsync(call, error: new FullDisk())).ExitCode);
        Assert.Equal(whole.ExitCode, (await RunAsync(call, error: new ClosedPipe())).ExitCode);
    }

    [Fact]
    public async Task A_fault_of_aldis_itself_is_a_sentence_and_exit_70()
    {
        await using Peer peer = Peer.ThatEchoes();
        using var broken = new BrokenInput();
        Run run = await Run.AldisAsync(broken, ["talk", peer.Address], TestContext.Current.CancellationToken);
        Assert.Contains(
            "aldis: a fault in aldis itself ended it: nobody thought of this\naldis: please report it",
            run.Ends(ExitCode.Fault).Error, StringComparison.Ordinal);
        AssertSober(run);
    }

    private static async Task<Run> RunAsync(string call, Stream? output = null, Stream? error = null)
    {
        await using Peer peer = Peer.ThatEchoes();
        return await Run.AldisAsync(
            new MemoryStream("one\ntwo\n"u8.ToArray()), call.Replace("PEER", peer.Address, StringComparison.Ordinal).Split(' '),
            TestContext.Current.CancellationToken, output: output, error: error);
    }

    /// <summary>No trace, no type name.</summary>
    private static void AssertSober(Run run)
    {
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", run.Error, StringComparison.Ordinal);
    }

    private sealed class BrokenInput : OneWayStream
    {
        public override bool CanRead => true;

        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("nobody thought of this");
    }
}
