using System.Diagnostics;
using System.Globalization;
using Aldis.Cli.Tests.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>A data directory is one server's, whatever it serves, and that of the next as soon as the first has ended, however it did.</summary>
public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("files=tcp://127.0.0.1:0", "files=tcp://127.0.0.1:0")]
    [InlineData("files=tcp://127.0.0.1:0", "messages=tcp://127.0.0.1:0")]
    [InlineData("messages=tcp://127.0.0.1:0", "messages=tcp://127.0.0.1:0")]
    [InlineData("ack=arq://127.0.0.1:0", "files=tcp://127.0.0.1:0")]
    public async Task A_second_server_ends_with_2_and_names_the_first_which_goes_on(string first, string second)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("--data", _data.Path, first);

        (int exitCode, _, string[] error) = await AldisProcess.RunAsync(string.Empty, "serve", "--data", _data.Path, second);

        Assert.Equal(ExitCode.UsageOrLocalError, exitCode);
        string sentence = Assert.Single(error);
        Assert.StartsWith(
            string.Create(CultureInfo.InvariantCulture, $"aldis: {_data.Path} is in use by another server (process {server.Id}, since "),
            sentence,
            StringComparison.Ordinal);
        Assert.EndsWith($", serving {first}): stop that one, or name another directory for --data.", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(server.ErrorLines, static line => line.Contains("fail", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_server_that_keeps_nothing_needs_no_directory()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("--data", _data.Path, "files=tcp://127.0.0.1:0");
        await using AldisProcess beside = await AldisProcess.ServeAsync("--data", _data.Path, "echo=tcp://127.0.0.1:0");
        Assert.Single(beside.EndPoints);
    }

    [Fact]
    public async Task What_is_kept_can_be_read_beside_a_server()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("--data", _data.Path, "messages=tcp://127.0.0.1:0");
        (await Run.AldisAsync("send", $"tcp://{server.EndPoints["messages/tcp"]}", "hello")).Ends(ExitCode.Confirmed);

        Run log = (await Run.AldisAsync("log", "--data", _data.Path)).Ends(ExitCode.Confirmed);

        Assert.Contains("hello", log.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_server_has_the_directory_at_once_after_a_kill_and_after_an_end()
    {
        for (int round = 0; round < 3; round++)
        {
            await using AldisProcess server = await AldisProcess.ServeAsync("--data", _data.Path, "files=tcp://127.0.0.1:0", "messages=tcp://127.0.0.1:0");
            await server.SignalAsync(round == 1 ? "TERM" : "KILL");
            await server.WaitForExitAsync();
        }
    }

    [Theory]
    [InlineData("rm \"$D\"/journal/*.segment", "is not there any more", "durable")]
    [InlineData("mv \"$D\"/journal \"$D\"/away", "is not there any more", "durable")]
    [InlineData("rm -r \"$D\"/journal", "is not there any more", "durable")]
    [InlineData("for s in \"$D\"/journal/*.segment; do cp $s $s.x; mv $s.x $s; done", "is another file now", "durable")]
    [InlineData("for s in \"$D\"/journal/*.segment; do : >$s; done", "was cut to ", "durable")]
    [InlineData("rm \"$D\"/journal/*.segment", "is not there any more", "stored")]
    public async Task A_server_whose_journal_somebody_lays_hands_on_acknowledges_nothing_more_and_says_what_happened(
        string harm, string told, string level)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells.");
        await using AldisProcess server = await AldisProcess.ServeAsync("--data", _data.Path, "--level", level, "messages=tcp://127.0.0.1:0");
        string address = $"tcp://{server.EndPoints["messages/tcp"]}";
        (await Run.AldisAsync("send", address, "before")).Ends(ExitCode.Confirmed);
        using (Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", harm]) { Environment = { ["D"] = _data.Path } })!)
        {
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, shell.ExitCode);
        }

        int exitCode = ExitCode.Confirmed;
        for (int sends = 0; exitCode == ExitCode.Confirmed; sends++)
        {
            // Below durable it is noticed when a second is over.
            Assert.True(level != "durable" || sends == 0, "A message was acknowledged into a file that is not there.");
            exitCode = (await Run.AldisAsync("send", address, "after", "--retry", "0s")).ExitCode;
        }

        await server.WaitForLineAsync(static line => line.Contains("journal failed", StringComparison.Ordinal));
        string sentence = Assert.Single(server.ErrorLines, static line => line.Contains("journal failed", StringComparison.Ordinal));
        Assert.Contains(told, sentence, StringComparison.Ordinal);
        Assert.Contains("0000000001.segment'", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_somebody_else_wrote_about_the_holder_is_not_believed_and_does_no_harm()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("--data", _data.Path, "files=tcp://127.0.0.1:0");
        foreach (string said in new[] { string.Empty, "{", "[]", "{}", "{\"pid\":\"x\",\"since\":1,\"serves\":3}", new string('x', 100_000) })
        {
            await File.WriteAllTextAsync(_data.Combine("server.json"), said, TestContext.Current.CancellationToken);

            (int exitCode, _, string[] error) = await AldisProcess.RunAsync(string.Empty, "serve", "--data", _data.Path, "files=tcp://127.0.0.1:0");

            Assert.Equal(ExitCode.UsageOrLocalError, exitCode);
            Assert.Equal([$"aldis: {_data.Path} is in use by another server: stop that one, or name another directory for --data."], error);
        }
    }
}
