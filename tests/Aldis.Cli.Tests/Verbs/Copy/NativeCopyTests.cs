using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs.Copy;

/// <summary><c>aldis copy</c> to a server in a process of its own: what arrives, what is said, and with what it ends.</summary>
public sealed class NativeCopyTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private string Received => _directory.Combine("data/files");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public async Task A_file_is_confirmed_under_its_name_with_its_digest_time_and_mode(int length)
    {
        await using AldisProcess server = await ServeAsync();
        string file = FileOf("report.bin", length);
        File.SetLastWriteTimeUtc(file, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Run run = (await CopyAsync(server, file)).Ends(ExitCode.Confirmed, "confirmed, blake3 ");
        Assert.Contains("1 file confirmed", run.Error, StringComparison.Ordinal);
        string there = Path.Combine(Received, "report.bin");
        await SameAsync(file, there);
        Assert.Equal(File.GetLastWriteTimeUtc(file), File.GetLastWriteTimeUtc(there));
    }

    [Fact]
    public async Task A_tree_arrives_as_it_is_with_empty_directories_and_through_links()
    {
        await using AldisProcess server = await ServeAsync();
        Make("d/a", "d/in/b", "d/in/deep/c");
        Directory.CreateDirectory(At("d/empty"));
        File.CreateSymbolicLink(At("d/link"), "a");
        (await CopyAsync(server, At("d"))).Ends(ExitCode.Confirmed, "4 files confirmed");
        Assert.Equal(await TreeOf(At("d")), await TreeOf(Path.Combine(Received, "d")));
        Assert.True(Directory.Exists(Path.Combine(Received, "d/empty")));
        Assert.Null(new FileInfo(Path.Combine(Received, "d/link")).LinkTarget);
    }

    [Fact]
    public async Task Links_are_kept_as_links_on_request()
    {
        await using AldisProcess server = await ServeAsync();
        Make("d/a");
        File.CreateSymbolicLink(At("d/link"), "a");
        (await CopyAsync(server, At("d"), "--links", "keep")).Ends(ExitCode.Confirmed);
        Assert.Equal("a", new FileInfo(Path.Combine(Received, "d/link")).LinkTarget);
    }

    [Fact]
    public async Task Copied_again_it_is_there_and_confirmed_and_nothing_is_sent()
    {
        await using AldisProcess server = await ServeAsync();
        Make("d/a", "d/b");
        (await CopyAsync(server, At("d"))).Ends(ExitCode.Confirmed);
        JsonElement again = Summary((await CopyAsync(server, At("d"), "--json")).Ends(ExitCode.Confirmed, "2 were there"));
        Assert.Equal((2, 2, 0), (Number(again, "confirmed"), Number(again, "were_there"), Number(again, "sent_bytes")));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Received, "d")).Length);
    }

    [Theory]
    [InlineData("", 4, "is there with another content; --overwrite, --skip or --rename", "old")]
    [InlineData("--overwrite", 4, "the server replaces nothing (serve --allow-overwrite)", "old")]
    [InlineData("--skip", 0, "is left alone", "old")]
    [InlineData("--rename", 0, "confirmed as f-2", "old new")]
    public async Task What_is_there_and_differs_is_refused_unless_something_else_is_said(string flag, int exit, string sentence, string there)
    {
        await using AldisProcess server = await ServeAsync();
        await File.WriteAllTextAsync(At("f"), "old", TestContext.Current.CancellationToken);
        (await CopyAsync(server, At("f"))).Ends(ExitCode.Confirmed);
        await File.WriteAllTextAsync(At("f"), "new", TestContext.Current.CancellationToken);
        (await CopyAsync(server, [At("f"), .. flag.Split(' ', StringSplitOptions.RemoveEmptyEntries)])).Ends(exit, sentence);
        Assert.Equal(there, string.Join(' ', Directory.GetFiles(Received).Order(StringComparer.Ordinal).Select(File.ReadAllText)));
    }

    [Fact]
    public async Task Where_some_are_confirmed_and_some_refused_it_ends_with_6()
    {
        await using AldisProcess server = await ServeAsync();
        Make("d/a");
        (await CopyAsync(server, At("d"))).Ends(ExitCode.Confirmed);
        Make("d/b");
        await File.WriteAllTextAsync(At("d/a"), "another", TestContext.Current.CancellationToken);
        JsonElement summary = Summary((await CopyAsync(server, At("d"), "--json")).Ends(ExitCode.PartlyConfirmed));
        Assert.Equal((1, 1), (Number(summary, "confirmed"), Number(summary, "refused")));
    }

    [Fact]
    public async Task A_server_that_was_told_to_replaces_what_is_there_on_request()
    {
        await using AldisProcess server = await ServeAsync("--allow-overwrite");
        await File.WriteAllTextAsync(At("f"), "old", TestContext.Current.CancellationToken);
        (await CopyAsync(server, At("f"))).Ends(ExitCode.Confirmed);
        await File.WriteAllTextAsync(At("f"), "new", TestContext.Current.CancellationToken);
        (await CopyAsync(server, At("f"))).Ends(ExitCode.Refused);
        (await CopyAsync(server, At("f"), "--overwrite")).Ends(ExitCode.Confirmed);
        Assert.Equal("new", await File.ReadAllTextAsync(Path.Combine(Received, "f"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Standard_input_gets_the_name_that_is_given()
    {
        await using AldisProcess server = await ServeAsync();
        byte[] content = RandomNumberGenerator.GetBytes(2_500_000);
        Run run = await Run.AldisAsync(
            new MemoryStream(content), ["copy", "-", "--name", "stream.bin", AddressOf(server)], TestContext.Current.CancellationToken);
        run.Ends(ExitCode.Confirmed, "stream.bin");
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(Received, "stream.bin"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("give it one with --name", "-")]
    [InlineData("--name is for what comes from standard input", "{f}", "--name", "x")]
    [InlineData("is copied alone", "-", "{f}", "--name", "x")]
    [InlineData("there is no file or directory", "{f}", "{f}-nowhere")]
    [InlineData("has no name", "/")]
    public async Task A_wrong_name_is_told_before_anything_is_sent(string sentence, params string[] words)
    {
        Make("f");
        await using Peer peer = Peer.ThatIsSilent();
        Run run = await Run.AldisAsync(["copy", .. words.Select(word => word.Replace("{f}", At("f"), StringComparison.Ordinal)), peer.Address]);
        run.Ends(ExitCode.UsageOrLocalError, sentence);
        Assert.Equal(0, peer.Connections);
    }

    [Fact]
    public async Task What_cannot_be_copied_is_told_and_the_rest_is_there()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Named pipes are not files elsewhere.");
        await using AldisProcess server = await ServeAsync();
        Make("d/a", "d/z");
        File.CreateSymbolicLink(At("d/dangling"), "nothing");
        await RunAsync("mkfifo", At("d/pipe"));
        await RunAsync("sh", "-c", $"touch \"$(printf '{At("d")}/g\\377')\"");
        Run run = (await CopyAsync(server, At("d"), "--json")).Ends(ExitCode.PartlyConfirmed, "d/dangling is a link to something that is not there");
        await RunAsync("sh", "-c", $"rm \"$(printf '{At("d")}/g\\377')\"");
        Assert.Contains("d/pipe is left out: it is a pipe, and no file.", run.Error, StringComparison.Ordinal);
        Assert.Contains("has a name that is not UTF-8", run.Error, StringComparison.Ordinal);
        JsonElement summary = Summary(run);
        Assert.Equal((2, 2, 1), (Number(summary, "confirmed"), Number(summary, "failed"), Number(summary, "left_out")));
        Assert.Equal(["a", "z"], Directory.GetFiles(Path.Combine(Received, "d")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_may_not_be_read_in_the_middle_of_a_tree_is_told_and_the_rest_is_there()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere root cannot be made somebody to whom files are closed.");
        await using AldisProcess server = await ServeAsync();
        Make("d/a", "d/closed", "d/shut/f", "d/z");
        await RunAsync("chmod", "000", At("d/closed"), At("d/shut"));
        string without = Environment.IsPrivilegedProcess ? "setpriv --bounding-set=-dac_override,-dac_read_search" : string.Empty;
        (int exitCode, _, string error) = await AldisProcess.ShellAsync($"exec {without} \"$A\" copy '{At("d")}' \"$H\"", AddressOf(server));
        await RunAsync("chmod", "700", At("d/shut"));

        Assert.Equal(ExitCode.PartlyConfirmed, exitCode);
        Assert.Contains("d/closed cannot be read: its permissions do not allow it", error, StringComparison.Ordinal);
        Assert.Contains("d/shut cannot be read: its permissions do not allow it", error, StringComparison.Ordinal);
        Assert.Equal(["a", "z"], (await TreeOf(Path.Combine(Received, "d"))).Select(static one => one.Name));
    }

    [Fact]
    public async Task A_pipe_and_what_the_system_makes_up_are_read_to_their_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Named pipes are not files elsewhere.");
        await using AldisProcess server = await ServeAsync();
        await RunAsync("mkfifo", At("pipe"));
        Task<Run> copying = CopyAsync(server, At("pipe"), "/proc/version");
        await using (var writer = new FileStream(At("pipe"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            await writer.WriteAsync("through a pipe"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        (await copying.InTime()).Ends(ExitCode.Confirmed);
        Assert.Equal("through a pipe", await File.ReadAllTextAsync(Path.Combine(Received, "pipe"), TestContext.Current.CancellationToken));
        Assert.Equal(
            await File.ReadAllTextAsync("/proc/version", TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(Path.Combine(Received, "version"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Patterns_choose_what_is_copied()
    {
        await using AldisProcess server = await ServeAsync();
        Make("d/a.log", "d/keep.log", "d/in/b.txt", "d/.git/c");
        (await CopyAsync(server, At("d"), "--include", "keep.log", "--exclude", "*.log", "--exclude", ".git/")).Ends(ExitCode.Confirmed);
        Assert.Equal(["in/b.txt", "keep.log"], (await TreeOf(Path.Combine(Received, "d"))).Select(static one => one.Name));
    }

    [Fact]
    public async Task A_dry_run_copies_nothing_and_tells_what_would_be()
    {
        await using AldisProcess server = await ServeAsync();
        Make("d/a");
        (await CopyAsync(server, At("d"))).Ends(ExitCode.Confirmed);
        Make("d/b", "d/c", "d/e/f");
        await File.WriteAllTextAsync(At("d/a"), "another", TestContext.Current.CancellationToken);
        Run run = (await CopyAsync(server, At("d"), "--dry-run")).Ends(ExitCode.Confirmed, "d/b would be copied");
        Assert.Contains("d/a would be refused: exists", run.Error, StringComparison.Ordinal);
        Assert.Contains("d/e would be made", run.Error, StringComparison.Ordinal);
        Assert.Equal(["a"], (await TreeOf(Path.Combine(Received, "d"))).Select(static one => one.Name));
    }

    [Theory]
    [InlineData("same", 0)]
    [InlineData("other", 5)]
    [InlineData("absent", 4)]
    [InlineData("same other", 6)]
    public async Task Comparing_reads_both_sides_again(string there, int exit)
    {
        await using AldisProcess server = await ServeAsync();
        string[] names = there.Split(' ');
        foreach (string name in names)
        {
            FileOf("d/" + name, 2_000_000);
        }

        (await CopyAsync(server, At("d"))).Ends(ExitCode.Confirmed);
        if (names.Contains("absent", StringComparer.Ordinal))
        {
            File.Delete(Path.Combine(Received, "d/absent"));
        }

        if (names.Contains("other", StringComparer.Ordinal))
        {
            await using var rotten = new FileStream(Path.Combine(Received, "d/other"), FileMode.Open, FileAccess.Write);
            rotten.Position = 1_234_567;
            rotten.WriteByte((byte)~(await File.ReadAllBytesAsync(At("d/other"), TestContext.Current.CancellationToken))[1_234_567]);
        }

        (await CopyAsync(server, At("d"), "--verify")).Ends(exit);
    }

    [Fact]
    public async Task A_file_that_is_written_to_all_the_time_is_told_and_not_stored()
    {
        await using AldisProcess server = await ServeAsync();
        string file = FileOf("busy", 8_000_000);
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await File.AppendAllTextAsync(file, "x", CancellationToken.None);
                }
            },
            CancellationToken.None);
        Run run = await CopyAsync(server, file, "--bwlimit", "20M");
        await stop.CancelAsync();
        await writing;
        run.Ends(ExitCode.UsageOrLocalError, "changed while it was copied");
        Assert.False(File.Exists(Path.Combine(Received, "busy")));
    }

    [Fact]
    public async Task Interrupted_the_same_command_goes_on_where_it_was()
    {
        const int Length = 12 << 20;
        await using AldisProcess server = await ServeAsync();
        string file = FileOf("large", Length);
        await using (AldisProcess first = AldisProcess.Start(
            readsError: true, "copy", "--json", "--bwlimit", "8M", file, AddressOf(server)))
        {
            await first.WaitForOutputAsync(static line => line.Contains("\"event\":\"progress\"", StringComparison.Ordinal)
                && JsonDocument.Parse(line).RootElement.GetProperty("bytes").GetInt64() > 4 << 20);
            await first.SignalAsync("INT");
            Assert.Equal(ExitCode.Interrupted, await first.WaitForExitAsync());
            Assert.Contains(first.ErrorLines, static line => line.Contains("the same command goes on where it was", StringComparison.Ordinal));
        }

        Run second = (await CopyAsync(server, file, "--json")).Ends(ExitCode.Confirmed, "from an earlier attempt");
        JsonElement resumed = Assert.Single(second.Events, static one => one.GetProperty("event").GetString() == "resumed");
        long offset = resumed.GetProperty("offset").GetInt64();
        Assert.InRange(offset, 3 << 20, Length);
        Assert.Equal(Length - offset, Number(Summary(second), "sent_bytes"));
        await SameAsync(file, Path.Combine(Received, "large"));
    }

    [Fact]
    public async Task A_server_that_knows_the_plain_form_alone_is_recognised()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, 64, stop);
            await socket.SendAsync("Hello from the server!"u8.ToArray(), stop);
            await Peer.ReadAsync(socket, 1_000_000, stop);
        });
        Make("f");
        (await Run.AldisAsync("copy", At("f"), peer.Address)).Ends(ExitCode.Refused, "--plain");
    }

    [Fact]
    public async Task An_echo_server_is_recognised()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("echo=127.0.0.1:0", "--quiet");
        Make("f");
        (await Run.AldisAsync("copy", At("f"), server.EndPoints["echo/tcp"].ToString())).Ends(ExitCode.Refused, "as an echo server does");
    }

    [Fact]
    public async Task Nobody_there_is_exit_1_and_silence_3()
    {
        Make("f");
        (await Run.AldisAsync("copy", At("f"), Peer.Nowhere())).Ends(ExitCode.NetworkError, "nothing listens there");
        await using Peer peer = Peer.ThatIsSilent();
        (await Run.AldisAsync("copy", At("f"), peer.Address, "--timeout", "200ms", "--retry", "0")).Ends(ExitCode.Timeout);
    }

    private static async Task SameAsync(string file, string other) => Assert.Equal(
        await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken),
        await File.ReadAllBytesAsync(other, TestContext.Current.CancellationToken));

    private static int Number(JsonElement summary, string name) => summary.GetProperty(name).GetInt32();

    private static JsonElement Summary(Run run) => Assert.Single(run.Events, static one => one.GetProperty("event").GetString() == "summary");

    private static string AddressOf(AldisProcess server) => server.EndPoints["files/tcp"].ToString();

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The files of a tree, those of a followed link among them, with their content.</summary>
    private static async Task<IReadOnlyList<(string Name, string Digest)>> TreeOf(string directory)
    {
        var files = new List<(string Name, string Digest)>();
        foreach (string file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            byte[] content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            files.Add((Path.GetRelativePath(directory, file), Convert.ToHexString(SHA256.HashData(content))));
        }

        return files;
    }

    private Task<AldisProcess> ServeAsync(params string[] options) =>
        AldisProcess.ServeAsync(["files=127.0.0.1:0", "--quiet", "--data", _directory.Combine("data"), .. options]);

    private static Task<Run> CopyAsync(AldisProcess server, params string[] words) => Run.AldisAsync(["copy", .. words, AddressOf(server)]);

    private string At(string name) => _directory.Combine(name);

    private string FileOf(string name, int length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), RandomNumberGenerator.GetBytes(length));
        return At(name);
    }

    private void Make(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
            File.WriteAllText(At(name), $"content of {name}");
        }
    }
}
