using System.Runtime.Versioning;
using System.Text;
using Aldis.Cli.Tests.Server;
using Aldis.Protocols.Access;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>Tokens from <c>aldis token new</c> to a client that shows one.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class TokenVerbTests : IDisposable
{
    private static readonly string[] Conversations = ["ack", "echo", "exchange", "files", "messages"];

    private readonly TemporaryDirectory _directory = new();

    private string TokenFilePath => _directory.Combine("pump.token");

    private string ServerFile => _directory.Combine("tokens");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_is_printed_is_a_token_and_the_line_that_covers_it()
    {
        Run run = (await Run.AldisAsync(
            "token", "new", "pumps", "--ids", "pump-*", "--conversations", "messages", "--rights", "send,read", "--until", "2099-01-01"))
            .Ends(ExitCode.Confirmed);
        string[] lines = run.Output.Split('\n');
        TokenEntry entry = Assert.Single(TokenFile.Read(Encoding.ASCII.GetBytes(lines[1]), Conversations).Entries);
        byte[] hash = new byte[TokenText.HashBytes];
        TokenText.Hash(Encoding.ASCII.GetBytes(lines[0]), hash);

        Assert.Equal(hash, entry.Hash.ToArray());
        Assert.Equal(
            TokenVerdict.Allowed, entry.Judge("messages", "pump-7", ClientRights.Send | ClientRights.Read, DateTimeOffset.UnixEpoch));
        Assert.DoesNotContain(lines[0], lines[1], StringComparison.Ordinal);
        Assert.NotEqual(lines[0], (await Run.AldisAsync("token", "new", "pumps")).Output.Split('\n')[0]);
    }

    [Theory]
    [InlineData("--rights", "write", "--rights: 'write' is no right: there are send, read, admin.")]
    [InlineData("--ids", "a b", "--ids: 'a b' is no client id or pattern")]
    [InlineData("--conversations", "mail", "--conversations: 'mail' is no conversation: there are ack, echo, exchange, files, messages")]
    [InlineData("--until", "soon", "--until: 'soon' is no date: write 2027-01-01, or 2027-01-01T12:00:00Z.")]
    public async Task A_wrong_word_is_told(string option, string value, string sentence) =>
        (await Run.AldisAsync("token", "new", "pump", option, value)).Ends(ExitCode.UsageOrLocalError, sentence);

    [Theory]
    [InlineData("tcp://192.0.2.1:9999")]
    [InlineData("arq://192.0.2.1:9999")]
    [InlineData("tcp://server.example:9999")]
    public async Task A_token_is_not_sent_in_clear_to_another_machine(string address)
    {
        await MakeAsync();
        (await Run.AldisAsync("send", address, "hello", "--token-file", TokenFilePath)).Ends(
            ExitCode.UsageOrLocalError, $"a token is not sent to {address} in clear");
    }

    [Fact]
    public async Task A_token_that_others_may_read_and_a_file_without_one_are_refused()
    {
        await File.WriteAllTextAsync(TokenFilePath, "two words\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(TokenFilePath, UnixFileMode.UserRead);
        (await Run.AldisAsync("send", "127.0.0.1:1", "hello", "--token-file", TokenFilePath)).Ends(ExitCode.UsageOrLocalError, "holds no token");
        File.SetUnixFileMode(TokenFilePath, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        (await Run.AldisAsync("send", "127.0.0.1:1", "hello", "--token-file", TokenFilePath)).Ends(ExitCode.UsageOrLocalError, "others may read");
    }

    [Theory]
    [InlineData("", "it has no token")]
    [InlineData("pump\n", "line 1: a hash follows the name")]
    public async Task A_server_does_not_start_with_a_bad_file(string content, string sentence)
    {
        await File.WriteAllTextAsync(ServerFile, content, TestContext.Current.CancellationToken);
        (await Run.AldisAsync("serve", "ack=127.0.0.1:0", "--dashboard", "off", "--tokens", ServerFile)).Ends(ExitCode.UsageOrLocalError, sentence);
        (await Run.AldisAsync("serve", "ack=127.0.0.1:0", "--check", "--data", _directory.Path, "--tokens", ServerFile)).Ends(
            ExitCode.UsageOrLocalError, sentence);
        (await Run.AldisAsync("serve", "ack=127.0.0.1:0", "--tokens-exempt", "loopback")).Ends(
            ExitCode.UsageOrLocalError, "--tokens-exempt goes with --tokens");
    }

    [Fact]
    public async Task Every_client_verb_shows_its_token_is_refused_without_and_ended_when_it_is_taken_back()
    {
        await MakeAsync();
        await using AldisProcess server = await AldisProcess.ServeAsync(
            "--dashboard", "off", "--tokens", ServerFile, "echo=127.0.0.1:0", "exchange=127.0.0.1:0", "files=127.0.0.1:0", "messages=127.0.0.1:0");
        string[] shown = ["--token-file", TokenFilePath, "--client", "pump-7"];
        string echo = At("echo"), exchange = At("exchange"), files = At("files"), messages = At("messages");

        (await Run.AldisAsync(["send", messages, "hello", .. shown])).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync(["echo", echo, "hello", .. shown])).Ends(ExitCode.Confirmed);
        Assert.Equal("hello\n", (await Run.AldisAsync("hello\n", ["talk", exchange, .. shown])).Ends(ExitCode.Confirmed).Output);
        (await Run.AldisAsync(["copy", ServerFile, files, .. shown])).Ends(ExitCode.Confirmed);

        (await Run.AldisAsync("send", messages, "hello", "--token-file", TokenFilePath, "--client", "valve")).Ends(
            ExitCode.AuthenticationFailed, "error=token");
        (await Run.AldisAsync("echo", echo, "hello")).Ends(ExitCode.AuthenticationFailed, "requires a token");
        (await Run.AldisAsync("hello\n", ["talk", exchange])).Ends(ExitCode.AuthenticationFailed, "requires a token");
        (await Run.AldisAsync("copy", "--plain", ServerFile, files)).Ends(ExitCode.AuthenticationFailed, "requires a token");
        (await Run.AldisAsync("send", "--plain", messages, "hello")).Ends(ExitCode.Refused, "a token is required here");

        await using AldisProcess sender = AldisProcess.Start(
            readsError: true, ["send", messages, "--json", .. shown]);
        await sender.WaitForOutputAsync("connected");
        string another = (await Run.AldisAsync("token", "new", "another")).Output.Split('\n')[1];
        await File.WriteAllTextAsync(ServerFile, another, TestContext.Current.CancellationToken);
        await server.SignalAsync("HUP");
        Assert.Equal(ExitCode.AuthenticationFailed, await sender.WaitForExitAsync());
        await server.WaitForLineAsync(static line => line.StartsWith("Reloaded: the tokens of", StringComparison.Ordinal));
        Assert.False(server.HasExited);
        string secret = (await File.ReadAllTextAsync(TokenFilePath, TestContext.Current.CancellationToken)).Trim();
        Assert.DoesNotContain(server.ErrorLines, line => line.Contains(secret, StringComparison.Ordinal));

        string At(string service) => server.EndPoints[service + "/tcp"].ToString();
    }

    [Theory]
    [InlineData("echo", "echo")]
    [InlineData("ack", "ack")]
    [InlineData("messages", "native")]
    public async Task A_load_shows_its_token_on_every_connection(string service, string conversation)
    {
        await MakeAsync();
        await using AldisProcess server = await AldisProcess.ServeAsync("--dashboard", "off", "--tokens", ServerFile, service + "=127.0.0.1:0");
        string[] load =
            ["bench", server.EndPoints[service + "/tcp"].ToString(), "--as", conversation, "--connections", "3", "--duration", "200ms"];
        (await Run.AldisAsync([.. load, "--token-file", TokenFilePath, "--client", "pump"])).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync([.. load, "--token-file", TokenFilePath, "--client", "valve"])).Ends(
            ExitCode.AuthenticationFailed, "not for this client id: ALDIS/1 error=token");
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("ack")]
    public async Task A_load_without_a_token_is_told_that_it_needs_one(string service)
    {
        await MakeAsync();
        await using AldisProcess server = await AldisProcess.ServeAsync("--dashboard", "off", "--tokens", ServerFile, service + "=127.0.0.1:0");
        (await Run.AldisAsync("bench", server.EndPoints[service + "/tcp"].ToString(), "--as", service, "--duration", "200ms")).Ends(
            ExitCode.AuthenticationFailed, "wants a token (--token-file)");
    }

    [Fact]
    public async Task A_plain_load_shows_no_token()
    {
        await MakeAsync();
        (await Run.AldisAsync("bench", "127.0.0.1:1", "--as", "messages", "--token-file", TokenFilePath)).Ends(
            ExitCode.UsageOrLocalError, "shows no token: --token-file goes with --as native");
        (await Run.AldisAsync("bench", "udp://127.0.0.1:1", "--token-file", TokenFilePath)).Ends(
            ExitCode.UsageOrLocalError, "a datagram shows no token");
        (await Run.AldisAsync("bench", "--token-file", TokenFilePath)).Ends(ExitCode.UsageOrLocalError, "--token-file is for a load on a server");
    }

    [Fact]
    public async Task A_server_that_asks_for_none_is_shown_none()
    {
        await MakeAsync();
        await using AldisProcess server = await AldisProcess.ServeAsync("--dashboard", "off", "exchange=127.0.0.1:0");
        (await Run.AldisAsync(
            "hello\n", ["talk", server.EndPoints["exchange/tcp"].ToString(), "--token-file", TokenFilePath])).Ends(
            ExitCode.Refused, "asks for no token");
        string secret = (await File.ReadAllTextAsync(TokenFilePath, TestContext.Current.CancellationToken)).Trim();
        Assert.DoesNotContain(server.ErrorLines, line => line.Contains(secret, StringComparison.Ordinal));
    }

    private async Task MakeAsync()
    {
        string[] lines = (await Run.AldisAsync("token", "new", "pump", "--ids", "pump-*")).Output.Split('\n');
        await File.WriteAllTextAsync(TokenFilePath, lines[0] + "\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(TokenFilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(ServerFile, lines[1] + "\n", TestContext.Current.CancellationToken);
    }
}
