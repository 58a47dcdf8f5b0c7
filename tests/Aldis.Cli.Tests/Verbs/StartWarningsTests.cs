using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aldis.Cli.Verbs;
using Aldis.Services.Hosting;
using Aldis.Tests;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>What a server says at its start that its operator should mend.</summary>
public sealed class StartWarningsTests : IDisposable
{
    private static readonly DateTimeOffset From = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = From.AddDays(90);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("0600", false)]
    [InlineData("0400", false)]
    [InlineData("0640", true)]
    [InlineData("0604", true)]
    [InlineData("0620", true)]
    public void A_private_key_that_others_can_read_or_write_is_warned_of_also_behind_a_link(string mode, bool isWarnedOf)
    {
        EndpointAddress address = Address();
        string key = _directory.Combine("key.pem");
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Files have no such modes on Windows.");
            return;
        }

        File.SetUnixFileMode(key, (UnixFileMode)Convert.ToInt32(mode, 8));
        string link = _directory.Combine("link.pem");
        File.CreateSymbolicLink(link, key);
        EndpointAddress behind = EndpointAddress.Parse($"tls://127.0.0.1:7443?cert={_directory.Combine("cert.pem")}&key={link}");

        foreach ((EndpointAddress given, string named) in new[] { (address, key), (behind, link) })
        {
            string[] expected = isWarnedOf
                ? [$"the private key {named} is open to others than its owner (mode {mode}): chmod 600 {key}."]
                : [];
            Assert.Equal(expected, StartWarnings.Of([given, given], [], isRoot: false));
        }
    }

    [Theory]
    [InlineData("tcp", "127.0.0.1", "")]
    [InlineData("tls", "::1", "")]
    [InlineData("tcp", "0.0.0.0", "without TLS")]
    [InlineData("udp", "::", "without TLS")]
    [InlineData("arq", "192.0.2.1", "without TLS")]
    [InlineData("tls", "0.0.0.0", "without identities")]
    [InlineData("arq+tls", "2001:db8::1", "without identities")]
    public void What_other_machines_can_reach_is_warned_of_by_what_it_lacks(string protocol, string address, string expected)
    {
        var endpoint = new BoundEndpoint("echo", protocol, new IPEndPoint(IPAddress.Parse(address), 12345));

        string warnings = string.Join('\n', StartWarnings.Of([], [endpoint, endpoint], isRoot: false));

        Assert.Equal(expected.Length == 0, warnings.Length == 0);
        Assert.StartsWith(expected.Length == 0 ? string.Empty : $"open to other machines {expected}", warnings, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", warnings, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp", "open to other machines without TLS: anybody on the way reads what passes, tokens too")]
    [InlineData("tls", "")]
    public void Tokens_are_identities_and_are_read_without_TLS(string protocol, string expected)
    {
        var endpoint = new BoundEndpoint("echo", protocol, new IPEndPoint(IPAddress.Any, 12345));
        Assert.StartsWith(expected, string.Join('\n', StartWarnings.Of([], [endpoint], isRoot: false, hasTokens: true)), StringComparison.Ordinal);
        Assert.Equal(expected.Length == 0 ? 0 : 1, StartWarnings.Of([], [endpoint], isRoot: false, hasTokens: true).Count());
    }

    [Fact]
    public void Root_is_warned_of() =>
        Assert.StartsWith("running as root", Assert.Single(StartWarnings.Of([], [], isRoot: true)), StringComparison.Ordinal);

    [Fact]
    public async Task A_server_says_its_warnings_to_people_and_to_programs()
    {
        (string options, _) = TestCertificate.Create(_directory);
        using var interruption = new CancellationTokenSource();
        Task<Run> serving = Run.AldisAsync(
            Stream.Null, ["serve", $"echo=tls://127.0.0.1:0?{options}", "--json"], interruption.Token);
        await interruption.CancelAsync();
        Run run = await serving;

        string[] told = [.. run.Events.Where(static item => item.GetProperty("event").GetString() == "warning")
            .Select(static item => item.GetProperty("message").GetString()!)];
        Assert.Contains(told, static sentence => sentence.Contains("cert.pem expires on", StringComparison.Ordinal));
        Assert.Equal(
            told.Select(static sentence => $"aldis: warning: {sentence}"),
            run.Error.Split('\n').Where(static line => line.StartsWith("aldis: warning: ", StringComparison.Ordinal)));
    }

    private EndpointAddress Address()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(From, Until);
        File.WriteAllText(_directory.Combine("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_directory.Combine("key.pem"), key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_directory.Combine("key.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return EndpointAddress.Parse($"tls://127.0.0.1:7443?cert={_directory.Combine("cert.pem")}&key={_directory.Combine("key.pem")}");
    }
}
