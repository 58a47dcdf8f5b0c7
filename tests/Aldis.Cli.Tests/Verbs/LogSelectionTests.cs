using System.Text.Json;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>Which messages <c>aldis log</c> prints, and how often it counts them.</summary>
public sealed class LogSelectionTests : IDisposable
{
    private readonly LogFixture _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("-n 2", "b2 a3")]
    [InlineData("--lines 1", "a3")]
    [InlineData("-n 0", "")]
    [InlineData("-n 100", "a1 a2 b1 b2 a3")]
    [InlineData("-n 2 --client a", "a2 a3")]
    [InlineData("-n 1 --grep 2", "b2")]
    [InlineData("--grep ^b", "b1 b2")]
    [InlineData("--last 1h", "a1 a2 b1 b2 a3")]
    [InlineData("--last 1h --until 1h", "")]
    [InlineData("--until 2999-01-01T00:00:00Z", "a1 a2 b1 b2 a3")]
    public async Task Messages_are_selected_by_place_text_and_time(string options, string expected)
    {
        await StoreAsync();
        (int exitCode, string output, _) = await _log.RunAsync(["--json", .. options.Split(' ')]);
        Assert.Equal(0, exitCode);
        Assert.Equal(
            expected.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            LogFixture.Objects(output).Select(static item => item.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Counts_of_each_client_are_a_table_or_objects()
    {
        await StoreAsync();
        (_, string table, _) = await _log.RunAsync("--count");
        Assert.Equal(["client", "a", "b", "all"], table.TrimEnd('\n').Split('\n').Select(static line => line.Split(' ')[0]));
        (_, string output, _) = await _log.RunAsync("--count", "--json", "--client", "b");
        JsonElement count = Assert.Single(LogFixture.Objects(output));
        Assert.Equal("count", count.GetProperty("event").GetString());
        Assert.Equal(2, count.GetProperty("messages").GetInt64());
        Assert.Equal(4, count.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task Records_have_a_header()
    {
        await StoreAsync();
        (_, string output, _) = await _log.RunAsync("--csv", "--utc", "-n", "1");
        string[] lines = output.Split("\r\n");
        Assert.Equal("time,client,seq,from,text,base64", lines[0]);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z,a,3,127\.0\.0\.1:4242,a3,$", lines[1]);
    }

    [Theory]
    [InlineData("--verify -n 3", "--verify checks the whole journal once")]
    [InlineData("--verify --count", "--verify checks the whole journal once")]
    [InlineData("--last 1h --since 2h", "--last and --since exclude each other")]
    [InlineData("--follow --until 1h", "--follow and --until exclude each other")]
    [InlineData("--count --csv", "--count prints one table")]
    [InlineData("--count --follow", "--count prints one table")]
    [InlineData("--csv --json", "--csv and --json exclude each other")]
    [InlineData("--grep (", "--grep takes a regular expression")]
    [InlineData("--last 90", "a time needs its unit")]
    [InlineData("--until tomorrow", "--until takes a time such as")]
    [InlineData("-n many", "--lines takes a whole number N")]
    public async Task What_excludes_each_other_is_a_usage_error(string options, string sentence)
    {
        await StoreAsync();
        (int exitCode, _, string error) = await _log.RunAsync(options.Split(' '));
        Assert.Equal(ExitCode.UsageOrLocalError, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    private async Task StoreAsync()
    {
        await _log.StoreAsync("a", "a1", "a2");
        await _log.StoreAsync("b", "b1", "b2");
        await _log.StoreAsync("a", "a3");
    }
}
