using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>The flags of TLS: of a server as defaults of its addresses, of a client beside its address, and the keys of sessions.</summary>
public sealed class TlsFlagTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority;

    public TlsFlagTests() => _authority = new TestAuthority(_directory);

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_servers_certificate_and_whom_it_takes_are_flags_and_settings_for_all_addresses()
    {
        _authority.Issue("localhost", "server");
        string shown = _authority.Issue("pump-7", "pump");
        string file = _directory.Combine("aldis.json");
        await File.WriteAllTextAsync(
            file, $"{{\"Tls\":{{\"Certificates\":[\"{_directory.Combine("server.pem")}\"],\"Keys\":[\"{_directory.Combine("server.key")}\"]}}}}",
            TestContext.Current.CancellationToken);
        await using AldisProcess server = await AldisProcess.ServeAsync(
            "--config", file, "--client-ca", _authority.File, "--tls-min-version", "1.3", "--dashboard", "https://127.0.0.1:0", "echo=tls://127.0.0.1:0");
        string address = $"tls://localhost:{server.EndPoints["echo/tls"].Port}?cafile={_authority.File}";

        (await Run.AldisAsync("echo", address, "x")).Ends(ExitCode.NetworkError);
        (await Run.AldisAsync("echo", $"{address}&{shown}", "x")).Ends(ExitCode.Confirmed);
        await server.WaitForLineAsync(static line => line.StartsWith("DASHBOARD https://", StringComparison.Ordinal));
        await server.StopAsync();
    }

    [Theory]
    [InlineData("--key-password-file goes with --cert", "--key-password-file", "f")]
    [InlineData("--cert names 0 certificates and --key 1 keys", "--key", "f")]
    [InlineData("--tls-min-version takes 1.2 or 1.3, not '1.1'", "--tls-min-version", "1.1")]
    [InlineData("min-version is 1.2 or 1.3, and what is older is not safe", "ack=tls://127.0.0.1:0?min-version=1.1&cert=f")]
    public async Task What_does_not_go_together_is_told(string sentence, params string[] words) =>
        (await Run.AldisAsync(["serve", "--dashboard", "off", .. words])).Ends(ExitCode.UsageOrLocalError, sentence);

    [Fact]
    public async Task A_certificate_that_is_shown_nowhere_is_warned_of()
    {
        string[] files = [.. _authority.Issue("localhost").Split('&').Select(static option => option.Split('=')[1])];
        await using AldisProcess server = await AldisProcess.ServeAsync(
            "--dashboard", "off", "--cert", files[0], "--key", files[1], "ack=127.0.0.1:0");
        await server.WaitForLineAsync("aldis: warning: no address has TLS, so that the certificate is shown nowhere: write tls:// before it.");
    }

    [Fact]
    public async Task Insecure_verifies_nothing_and_warns_each_time()
    {
        string options = _authority.Issue("elsewhere");
        await using AldisProcess server = await AldisProcess.ServeAsync("--dashboard", "off", $"echo=tls://127.0.0.1:0?{options}");
        string address = $"tls://{server.EndPoints["echo/tls"]}";

        (await Run.AldisAsync("echo", address, "x")).Ends(ExitCode.AuthenticationFailed, "nobody this machine trusts");
        for (int run = 0; run < 2; run++)
        {
            Assert.Contains(
                "warning: the certificate of", (await Run.AldisAsync("echo", address, "x", "--insecure")).Ends(ExitCode.Confirmed).Error, StringComparison.Ordinal);
        }

        (await Run.AldisAsync("echo", address, "x", "--insecure", "--pin", "sha256:" + new string('0', 64))).Ends(
            ExitCode.UsageOrLocalError, "verifies nothing");
    }

    [Fact]
    public async Task A_clients_key_may_be_encrypted()
    {
        string server = _authority.Issue("localhost");
        _authority.Issue("pump-7", "pump", password: "a secret");
        await File.WriteAllTextAsync(_directory.Combine("password"), "a secret\n", TestContext.Current.CancellationToken);
        await using AldisProcess serving = await AldisProcess.ServeAsync(
            "--dashboard", "off", $"echo=tls://127.0.0.1:0?{server}&client-ca={_authority.File}");
        string[] call =
        [
            "echo", $"tls://localhost:{serving.EndPoints["echo/tls"].Port}", "x", "--cafile", _authority.File, "--cert", _directory.Combine("pump.pem"),
            "--key", _directory.Combine("pump.key"),
        ];

        (await Run.AldisAsync(call)).Ends(ExitCode.AuthenticationFailed, "key-password-file=FILE");
        (await Run.AldisAsync([.. call, "--key-password-file", _directory.Combine("password")])).Ends(ExitCode.Confirmed);
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData(" --keylog server.log", "", "server.log")]
    [InlineData("", " --keylog client.log", "client.log")]
    public async Task Keys_of_sessions_are_written_where_a_flag_says_so_and_nowhere_else(string server, string client, string written)
    {
        string options = _authority.Issue("127.0.0.1");
        string here = _directory.Path;
        await using AldisProcess serving = await AldisProcess.ServeShellAsync(
            $"cd '{here}'; SSLKEYLOGFILE='{here}/variable.log' exec \"$A\" serve --dashboard off{server} 'echo=tls://127.0.0.1:0?{options}'");
        (int exitCode, string output, string error) = await AldisProcess.ShellAsync(
            $"cd '{here}'; SSLKEYLOGFILE='{here}/variable.log' exec \"$A\" echo \"$H\" x{client}",
            $"tls://{serving.EndPoints["echo/tls"]}?cafile={_authority.File}");
        Assert.Equal((ExitCode.Confirmed, "x"), (exitCode, output));

        Assert.Equal(written, string.Join(' ', Directory.GetFiles(here, "*.log").Select(Path.GetFileName)));
        if (written.Length > 0)
        {
            string keys = await File.ReadAllTextAsync(_directory.Combine(written), TestContext.Current.CancellationToken);
            Assert.Contains("CLIENT_HANDSHAKE_TRAFFIC_SECRET ", keys, StringComparison.Ordinal);
            string said = client.Length > 0 ? error : string.Join('\n', serving.ErrorLines);
            Assert.Contains($"aldis: warning: the keys of TLS sessions are written to {written}", said, StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.Combine(written)));
            }
        }
    }
}
