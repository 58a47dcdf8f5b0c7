using System.Text.Json;
using Aldis.Cli.Conversations;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Cli.Verbs.Serve;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Configuration;

/// <summary>What the command does with a configuration: print it, check it, serve what is in it.</summary>
public sealed class ConfigurationCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ServeArguments _arguments = new(KnownConversations.All);

    private string FilePath => Path.Combine(_directory.Path, "aldis.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Print_config_has_every_setting_with_its_source()
    {
        await File.WriteAllTextAsync(FilePath, "{\n\"Limits\":{\"MaxFileBytes\":\"20G\"}}", TestContext.Current.CancellationToken);
        Run run = (await Run.AldisAsync("serve", "echo", "--config", FilePath, "--print-config")).Ends(ExitCode.Confirmed);

        JsonElement printed = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(
            _arguments.Settings.Select(static setting => setting.Key).Order(StringComparer.Ordinal),
            printed.EnumerateObject().SelectMany(static section => section.Value.EnumerateObject().Select(one => $"{section.Name}:{one.Name}"))
                .Order(StringComparer.Ordinal));
        Assert.Equal(
            $$"""{"value":"20G","source":"file","place":"{{FilePath}}:2: Limits:MaxFileBytes"}""",
            JsonSerializer.Serialize(printed.GetProperty("Limits").GetProperty("MaxFileBytes")));
        Assert.Equal(15000, printed.GetProperty("Limits").GetProperty("MaxConnections").GetProperty("value").GetInt32());
        Assert.Equal("flag", printed.GetProperty("Listen").GetProperty("Conversations").GetProperty("source").GetString());
        Assert.Equal(JsonValueKind.Null, printed.GetProperty("Store").GetProperty("RetainAge").GetProperty("value").ValueKind);
    }

    [Theory]
    [InlineData("{\"Listen\":{\"Conversations\":[\"echo=127.0.0.1:0\"]}}", 0, "aldis: it can be served so.")]
    [InlineData("{\"Listen\":{\"Conversations\":[\"ehco\"]}}", 2, "'ehco' is no conversation")]
    [InlineData("{\"Listen\":{\"Conversations\":[\"ack=tls://127.0.0.1:0?cert={D}/no.pem&key={D}/no.pem\"]}}", 2, "no.pem")]
    [InlineData("{\"Store\":{\"Share\":\"{D}/nowhere\"}}", 2, "there is no directory")]
    [InlineData("{\"Store\":{\"Directory\":\"{D}/aldis.json/data\"}}", 2, "cannot be used")]
    [InlineData("{\n\"Logging\":{\"Levels\":[\"debug\"]}}", 2, "aldis.json:2: Logging:Levels goes with Logging:Format: no log is kept.")]
    [InlineData("{\"Tokens\":{\"Exempt\":\"unix\"}}", 2, "aldis.json:1: Tokens:Exempt goes with Tokens:File: nobody is asked for a token.")]
    [InlineData("{\"Tls\":{\"KeyPasswordFile\":\"f\"}}", 2, "aldis.json:1: Tls:KeyPasswordFile goes with Tls:Certificates: there is no key here.")]
    [InlineData("{\"Limits\":{\"MaxConnections\":\"many\"}}", 2, "Limits:MaxConnections takes a whole number")]
    public async Task Check_says_whether_it_can_be_served_and_serves_nothing(string file, int exitCode, string sentence)
    {
        await File.WriteAllTextAsync(FilePath, file.Replace("{D}", _directory.Path, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        string data = Path.Combine(_directory.Path, "data");
        string[] where = file.Contains("Directory", StringComparison.Ordinal) ? [] : ["--data", data];
        Run run = (await Run.AldisAsync(["serve", "--config", FilePath, "--check", .. where])).Ends(exitCode, sentence);

        Assert.DoesNotContain("LISTEN", run.Error, StringComparison.Ordinal);
        Assert.Equal([FilePath], Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_server_says_which_file_it_read_and_serves_what_is_in_it()
    {
        await File.WriteAllTextAsync(FilePath, "{\"Listen\":{\"Conversations\":[\"echo=127.0.0.1:0\"]}}", TestContext.Current.CancellationToken);
        await using AldisProcess server = AldisProcess.Start(readsError: true, "serve", "--json", "--config", FilePath);
        await server.WaitForLineAsync($"configuration: {FilePath}");
        await server.WaitForLineAsync(static line => line.StartsWith("LISTEN service=echo proto=tcp", StringComparison.Ordinal));
        await server.WaitForOutputAsync("configuration");
        await server.StopAsync();
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_exit_2_and_a_sentence() =>
        (await Run.AldisAsync("serve", "--config", FilePath)).Ends(ExitCode.UsageOrLocalError, $"the configuration '{FilePath}' cannot be read");
}
