using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>How <c>aldis serve</c> answers a wrong call, and what its options reach.</summary>
public sealed class ServeVerbTests
{
    [Theory]
    [InlineData("--retain-age takes a time", "--retain-age", "soon")]
    [InlineData("--retain-age takes a time", "--retain-age", "0s")]
    [InlineData("--retain-size takes a size", "--retain-size", "much")]
    [InlineData("--retain-size takes a size", "--retain-size", "0")]
    [InlineData("--mode takes a mode of files", "--mode", "0755")]
    [InlineData("--mode takes a mode of files", "--mode", "0440")]
    [InlineData("--mode takes a mode of files", "--mode", "rw")]
    [InlineData("--level takes received, stored, durable or replicated, not 'fast'", "--level", "fast")]
    [InlineData("--level replicated goes with --store", "--level", "replicated")]
    [InlineData("1 or more", "--max-connections", "0")]
    [InlineData("--max-unix-connections takes a whole number N, 1 or more", "--max-unix-connections", "0")]
    [InlineData("--max-memory takes a size from 1M on, such as 256M, not '1000'", "--max-memory", "1000")]
    [InlineData("--max-memory-per-address takes a size from 1M on, such as 256M, not 'much'", "--max-memory-per-address", "much")]
    [InlineData("is no conversation", "mail")]
    [InlineData("0 to 65535", "echo=127.0.0.1:99999")]
    [InlineData("cannot be held over udp", "messages=udp://127.0.0.1:0")]
    [InlineData("needs a certificate", "echo=tls://127.0.0.1:0")]
    [InlineData("unknown option linse: known here are lines", "ack=tcp://127.0.0.1:0?linse=1")]
    [InlineData("unknown option lines: none is known here", "messages=tcp://127.0.0.1:0?lines=1")]
    public async Task A_wrong_call_is_exit_2_with_what_is_wrong(string part, params string[] words) =>
        (await Run.AldisAsync(["serve", "--data", Path.Combine(Path.GetTempPath(), "aldis-test-unused"), .. words]))
            .Ends(ExitCode.UsageOrLocalError, part);

    [Theory]
    [InlineData("0600", UnixFileMode.None)]
    [InlineData("0640", UnixFileMode.GroupRead | UnixFileMode.GroupExecute)]
    public async Task Whoever_may_read_the_files_gets_into_the_directory_they_are_in(string mode, UnixFileMode others)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes.");
            return;
        }

        using var directory = new TemporaryDirectory();
        string data = directory.Combine("data");
        await using AldisProcess server = await AldisProcess.ServeAsync("files=tcp://127.0.0.1:0", "--data", data, "--mode", mode);
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(Owner | others, File.GetUnixFileMode(data));
    }

    [Theory]
    [InlineData("files")]
    [InlineData("messages")]
    public async Task Where_nothing_can_be_kept_is_found_out_at_the_start(string conversation)
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("file");
        await File.WriteAllTextAsync(file, "mine", TestContext.Current.CancellationToken);
        (await Run.AldisAsync("serve", conversation + "=tcp://127.0.0.1:0", "--data", file)).Ends(ExitCode.UsageOrLocalError, "is a file: name a directory");
        Assert.Equal("mine", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_journal_larger_than_it_may_be_loses_its_oldest_segments_and_no_mark()
    {
        using var data = new TemporaryDirectory();
        string text = new('x', 1_000_000);
        await using (AldisProcess server = await AldisProcess.ServeAsync(
            "messages=tcp://127.0.0.1:0", "--data", data.Path, "--retain-size", "100M"))
        {
            string address = $"tcp://{server.EndPoints["messages/tcp"]}";
            (await Run.AldisAsync("send", address, "--client", "early", "first")).Ends(ExitCode.Confirmed);
            string input = string.Concat(Enumerable.Repeat(text + "\n", 220));
            (await Run.AldisAsync(input, ["send", address, "--client", "pump-7"])).Ends(ExitCode.Confirmed);
            await server.StopAsync();
            Assert.Contains(server.ErrorLines, line => line.StartsWith("Deleted ", StringComparison.Ordinal)
                && line.EndsWith(" bytes of the journal, segment 1: the journal was larger than --retain-size", StringComparison.Ordinal));
        }

        long bytes = Directory.GetFiles(Path.Combine(data.Path, "journal")).Sum(file => new FileInfo(file).Length);
        Assert.InRange(bytes, 1, 180_000_000);
        await using AldisProcess again = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0", "--data", data.Path, "--quiet");
        Run sent = (await Run.AldisAsync(
            "send", $"tcp://{again.EndPoints["messages/tcp"]}", "--client", "early", "second", "--json")).Ends(ExitCode.Confirmed);
        Assert.Equal(1, sent.Events[0].GetProperty("last").GetInt64());
    }
}
