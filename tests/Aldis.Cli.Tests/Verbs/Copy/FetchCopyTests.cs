using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs.Copy;

/// <summary><c>aldis copy</c> from a server that shares a directory.</summary>
public sealed class FetchCopyTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private AldisProcess _server = null!;

    private string Here => _directory.Combine("here");

    public async ValueTask InitializeAsync()
    {
        foreach (string name in new[] { "f", "d/a", "d/in/b" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
            await File.WriteAllTextAsync(At(name), $"content of {name}", TestContext.Current.CancellationToken);
        }

        Directory.CreateDirectory(At("d/empty"));
        await File.WriteAllTextAsync(_directory.Combine("secret"), "outside", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(At("d/out"), _directory.Combine("secret"));
        File.CreateSymbolicLink(At("up"), _directory.Path);
        _server = await AldisProcess.ServeAsync(
            "files=127.0.0.1:0", "--quiet", "--data", _directory.Combine("data"), "--share", _directory.Combine("shared"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("f", "f")]
    [InlineData("d", "d/a d/in/b")]
    [InlineData("d/in/", "in/b")]
    [InlineData("", "d/a d/in/b f")]
    [InlineData("f d/in", "f in/b")]
    public async Task What_is_fetched_is_below_the_directory_under_its_last_name_and_no_link_is_followed(string paths, string arrived)
    {
        Run run = await Run.AldisAsync(["copy", .. paths.Split(' ').Select(Of), Here]);
        run.Ends(ExitCode.Confirmed, "confirmed");
        Assert.Equal(arrived, string.Join(' ', Directory.GetFiles(Here, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Here, file)).Order(StringComparer.Ordinal)));
        Assert.All(Directory.GetFiles(Here, "*", SearchOption.AllDirectories), static file =>
            Assert.StartsWith("content of ", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fetched_again_it_is_there_and_what_differs_is_refused()
    {
        (await Run.AldisAsync("copy", Of("d"), Here)).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("copy", Of("d"), Here)).Ends(ExitCode.Confirmed, "2 were there");
        await File.WriteAllTextAsync(Path.Combine(Here, "d/a"), "another", TestContext.Current.CancellationToken);
        (await Run.AldisAsync("copy", Of("d"), Here)).Ends(ExitCode.PartlyConfirmed, "d/a is there with another content");
        (await Run.AldisAsync("copy", "--overwrite", Of("d"), Here)).Ends(ExitCode.Confirmed);
        Assert.Equal("content of d/a", await File.ReadAllTextAsync(Path.Combine(Here, "d/a"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("../secret")]
    [InlineData("d/../../secret")]
    [InlineData("up/secret")]
    [InlineData("d/out")]
    public async Task What_is_not_shared_is_not_there(string path)
    {
        (await Run.AldisAsync("copy", Of(path), Here)).Ends(ExitCode.Refused, "shares no such file or directory");
        Assert.False(Directory.Exists(Here) && Directory.EnumerateFiles(Here, "secret", SearchOption.AllDirectories).Any());
    }

    [Fact]
    public async Task A_list_has_a_line_for_each_thing_that_is_directly_there()
    {
        Run run = (await Run.AldisAsync("copy", "--list", Of("d"))).Ends(ExitCode.Confirmed);
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["d/a", "d/empty/", "d/in/"], lines.Select(static line => line.Split(' ')[^1]));
        Assert.Contains(" 14 ", lines[0], StringComparison.Ordinal);
        Run json = (await Run.AldisAsync("copy", "--list", "--json", Of(string.Empty))).Ends(ExitCode.Confirmed);
        Assert.Equal(["d directory", "f file"], json.Events.Select(static one => $"{one.GetProperty("name")} {one.GetProperty("type")}"));
    }

    [Fact]
    public async Task A_server_that_shares_nothing_says_so()
    {
        await using AldisProcess other = await AldisProcess.ServeAsync("files=127.0.0.1:0", "--quiet", "--data", _directory.Combine("other"));
        string address = other.EndPoints["files/tcp"].ToString();
        (await Run.AldisAsync("copy", address + "/f", Here)).Ends(ExitCode.Refused, "started without --share");
        (await Run.AldisAsync("copy", "--list", address)).Ends(ExitCode.Refused, "started without --share");
    }

    [Fact]
    public async Task What_is_for_sending_alone_is_refused()
    {
        (await Run.AldisAsync("copy", "--bwlimit", "1M", Of("f"), Here)).Ends(ExitCode.UsageOrLocalError, "--bwlimit is for what is sent");
        (await Run.AldisAsync("copy", Of("f"), At("f"))).Ends(ExitCode.UsageOrLocalError, "goes into a directory");
        (await Run.AldisAsync("serve", "files=127.0.0.1:0", "--data", _directory.Combine("x"), "--share", At("nowhere")))
            .Ends(ExitCode.UsageOrLocalError, "there is no directory");
    }

    private string At(string name) => _directory.Combine("shared/" + name);

    private string Of(string path) => $"{_server.EndPoints["files/tcp"]}/{path}";
}
