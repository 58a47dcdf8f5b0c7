using System.Globalization;
using System.Text.RegularExpressions;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary>TLS with openssl and curl at the other end: what is right works, and what is wrong is refused by the side that should.</summary>
public sealed partial class TlsPeersTests : IDisposable
{
    private const string Old = "-tls1_1 -cipher DEFAULT:@SECLEVEL=0";

    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _other;

    public TlsPeersTests()
    {
        _authority = new TestAuthority(_directory);
        _other = new TestAuthority(_directory, "other");
        PeerProgram.Require("openssl");
        PeerProgram.Require("curl");
    }

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("right", "-CAfile {ca}", 0, "Verification: OK")]
    [InlineData("right", "-CAfile {ca} -tls1_2", 0, "Protocol version: TLSv1.2")]
    [InlineData("right", "-CAfile {ca} -tls1_3", 0, "Protocol version: TLSv1.3")]
    [InlineData("right", "-CAfile {other}", 1, "unable to get local issuer certificate")]
    [InlineData("expired", "-CAfile {ca}", 1, "certificate has expired")]
    [InlineData("named", "-CAfile {ca}", 1, "ostname mismatch")]
    [InlineData("right", "-CAfile {ca} " + Old, 1, "alert protocol version")]
    public async Task Openssl_takes_our_server_for_what_it_is(string server, string flags, int exitCode, string sentence)
    {
        await using AldisProcess serving = await AldisProcess.ServeAsync("--dashboard", "off", $"echo=tls://127.0.0.1:0?{Issue(server)}");
        (int ended, string output, string error) = await ClientAsync(serving.EndPoints["echo/tls"].Port, flags, input: "");

        Assert.Contains(sentence, output + error, StringComparison.Ordinal);
        Assert.Equal(exitCode, ended);
    }

    [Theory]
    [InlineData("right", "--cacert {ca}", 0, "")]
    [InlineData("right", "--cacert {other}", 60, "unable to get local issuer certificate")]
    [InlineData("expired", "--cacert {ca}", 60, "certificate has expired")]
    [InlineData("named", "--cacert {ca}", 60, "no alternative certificate subject name matches")]
    [InlineData("right", "--cacert {ca} --pinnedpubkey sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 90, "public key does not match pinned")]
    [InlineData("right", "--cacert {ca} --tls-max 1.1 --ciphers DEFAULT:@SECLEVEL=0", 35, "alert protocol version")]
    public async Task Curl_takes_our_dashboard_for_what_it_is(string server, string flags, int exitCode, string sentence)
    {
        string[] issued = Flags(Issue(server)).Split(' ');
        await using AldisProcess serving = await AldisProcess.ServeAsync(
            "--data", _directory.Combine("data"), "--dashboard", "https://127.0.0.1:0", "--cert", issued[1], "--key", issued[3], "ack=127.0.0.1:0");
        await serving.WaitForLineAsync(static line => line.StartsWith("DASHBOARD ", StringComparison.Ordinal));
        string port = Port().Match(serving.ErrorLines.First(static line => line.StartsWith("DASHBOARD ", StringComparison.Ordinal))).Groups["port"].Value;
        (int ended, _, string error) = await AldisProcess.ShellAsync(
            $"curl -sS -o /dev/null --resolve localhost:{port}:127.0.0.1 {Fill(flags)} https://localhost:{port}/");

        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Equal(exitCode, ended);
    }

    [Theory]
    [InlineData("", "showed no certificate")]
    [InlineData("stranger", "vouches for the certificate it showed")]
    [InlineData("late", "is not valid now")]
    public async Task Openssl_without_a_certificate_that_counts_gets_nothing_and_the_server_says_why(string shown, string sentence)
    {
        await using AldisProcess serving = await AldisProcess.ServeAsync(
            "--dashboard", "off", $"echo=tls://127.0.0.1:0?{Issue("right")}&client-ca={_authority.File}");
        string flags = shown.Length == 0 ? string.Empty : Flags(shown switch
        {
            "stranger" => _other.Issue("pump-7", "stranger"),
            _ => _authority.Issue("pump-7", "late", from: -20, until: -10),
        });
        (_, string output, _) = await ClientAsync(serving.EndPoints["echo/tls"].Port, $"-CAfile {{ca}} {flags}", input: "nothing", options: "-quiet");

        Assert.DoesNotContain("nothing", output, StringComparison.Ordinal);
        await serving.WaitForLineAsync(line => line.StartsWith("Refused echo to ", StringComparison.Ordinal) && line.Contains(sentence, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pump-7", "ALDIS/1 last=0")]
    [InlineData("pump-8", "ALDIS/1 error=client")]
    public async Task Openssl_with_a_certificate_is_the_client_that_it_names_and_no_other(string client, string answer)
    {
        await using AldisProcess serving = await AldisProcess.ServeAsync(
            "--dashboard", "off", $"messages=tls://127.0.0.1:0?{Issue("right")}&client-ca={_authority.File}");
        (_, string output, _) = await ClientAsync(
            serving.EndPoints["messages/tls"].Port,
            $"-CAfile {{ca}} {Flags(_authority.Issue("pump-7"))}",
            $"ALDIS/1 messages client={client}".PadRight(64) + "no frame".PadRight(64),
            "-quiet");

        Assert.StartsWith(answer, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("right", "", "--cafile {ca}", ExitCode.Confirmed, "")]
    [InlineData("right", "-tls1_2", "--cafile {ca}", ExitCode.Confirmed, "")]
    [InlineData("expired", "", "--cafile {ca}", ExitCode.AuthenticationFailed, "a certificate on the way is not valid now")]
    [InlineData("named", "", "--cafile {ca}", ExitCode.AuthenticationFailed, "the server's certificate is for elsewhere.example, and not for")]
    [InlineData("right", "", "--cafile {other}", ExitCode.AuthenticationFailed, "nobody in {other} vouches for the server's certificate")]
    [InlineData("right", "", "", ExitCode.AuthenticationFailed, "nobody this machine trusts vouches for the server's certificate")]
    [InlineData("right", "", "--pin sha256:0000000000000000000000000000000000000000000000000000000000000000", ExitCode.AuthenticationFailed, "is not the one that is pinned")]
    [InlineData("right", Old, "--cafile {ca}", ExitCode.AuthenticationFailed, "failed")]
    [InlineData("right", "-tls1_2 -Verify 1 -verify_return_error -CAfile {ca}", "--cafile {ca}", ExitCode.AuthenticationFailed, "failed")]
    public async Task Our_client_takes_a_server_of_openssl_for_what_it_is(string server, string serverFlags, string flags, int exitCode, string sentence)
    {
        await using AldisProcess serving = ServeOpenssl(server, serverFlags);
        int port = await PortOfAsync(serving);
        Run run = await Run.AldisAsync(
            ["echo", $"tls://localhost:{port}", "level\n", .. Fill(flags).Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        run.Ends(exitCode, Fill(sentence));
        Assert.Equal(exitCode == ExitCode.Confirmed ? "level" : string.Empty, run.Output.TrimEnd());
    }

    [Fact]
    public async Task What_is_refused_as_too_old_is_taken_by_a_server_that_allows_it()
    {
        await using AldisProcess serving = ServeOpenssl("right", Old);
        (int exitCode, string output, string error) = await ClientAsync(await PortOfAsync(serving), "-CAfile {ca} " + Old, input: "");

        Assert.Contains("Protocol version: TLSv1.1", output + error, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    // "level" is the same from both ends.
    private AldisProcess ServeOpenssl(string server, string flags) => AldisProcess.Shell(
        $"exec openssl s_server -accept 127.0.0.1:0 -rev {Flags(Issue(server))} {Fill(flags)}");

    private static async Task<int> PortOfAsync(AldisProcess openssl)
    {
        await openssl.WaitForOutputAsync(static line => line.StartsWith("ACCEPT ", StringComparison.Ordinal));
        string line = openssl.OutputLines.First(static line => line.StartsWith("ACCEPT ", StringComparison.Ordinal));
        return int.Parse(Port().Match(line).Groups["port"].ValueSpan, CultureInfo.InvariantCulture);
    }

    private Task<(int ExitCode, string Output, string Error)> ClientAsync(int port, string flags, string input, string options = "-brief") =>
        AldisProcess.ShellAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"printf '%s' '{input}' | openssl s_client -connect 127.0.0.1:{port} -servername localhost -verify_hostname localhost -verify_return_error "
                + $"{options} {Fill(flags)}"));

    private string Issue(string server) => server switch
    {
        "expired" => _authority.Issue("localhost", from: -20, until: -10),
        "named" => _authority.Issue("elsewhere.example"),
        _ => _authority.Issue("localhost"),
    };

    private static string Flags(string options)
    {
        string[] files = [.. options.Split('&').Select(static option => option.Split('=')[1])];
        return $"-cert {files[0]} -key {files[1]}";
    }

    private string Fill(string text) => text.Replace("{ca}", _authority.File, StringComparison.Ordinal).Replace("{other}", _other.File, StringComparison.Ordinal);

    [GeneratedRegex(":(?<port>[0-9]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Port();
}
