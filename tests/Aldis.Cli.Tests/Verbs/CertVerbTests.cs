using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis cert</c>, what it writes, and what a server and a client do with it.</summary>
public sealed class CertVerbTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Keys_are_their_owners_alone_and_nothing_is_overwritten()
    {
        string folder = _directory.Combine("tls");
        Run made = (await Run.AldisAsync("cert", "localhost", "--client", "pump-7", "--out", folder)).Ends(ExitCode.Confirmed);
        Assert.Equal(3, made.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        foreach (string key in new[] { "ca.key", "localhost.key", "pump-7.key" })
        {
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, key)));
            }
        }

        string before = File.ReadAllText(Path.Combine(folder, "localhost.pem"));
        (await Run.AldisAsync("cert", "localhost", "--out", folder)).Ends(ExitCode.UsageOrLocalError, "is there already, and nothing is overwritten");
        Assert.Equal(before, File.ReadAllText(Path.Combine(folder, "localhost.pem")));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("../x")]
    [InlineData("two words")]
    public async Task What_is_no_host_name_is_refused_and_nothing_is_written(string name)
    {
        (await Run.AldisAsync("cert", name, "--out", _directory.Combine("tls"))).Ends(ExitCode.UsageOrLocalError, "is no host name and no IP address");
        Assert.False(Directory.Exists(_directory.Combine("tls")));
    }

    [Fact]
    public async Task A_server_without_a_certificate_names_the_command_that_makes_one() =>
        (await Run.AldisAsync("serve", "echo=tls://127.0.0.1:0")).Ends(ExitCode.UsageOrLocalError, "'aldis cert' makes one");

    [Fact]
    public async Task The_pin_alone_or_the_authority_is_enough_and_a_wrong_pin_is_refused()
    {
        string folder = _directory.Combine("tls");
        Run made = (await Run.AldisAsync("cert", "localhost", "127.0.0.1", "--out", folder)).Ends(ExitCode.Confirmed);
        string[] pins = [.. made.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ')[1])];
        await using Server.AldisProcess server = await Server.AldisProcess.ServeAsync(
            "--dashboard", "off", $"echo=tls://127.0.0.1:0?cert={folder}/localhost.pem&key={folder}/localhost.key");
        string address = $"tls://{server.EndPoints["echo/tls"]}";

        (await Run.AldisAsync("echo", address, "x", "--cafile", $"{folder}/ca.pem")).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("echo", address, "x", "--pin", pins[1])).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("echo", address, "x", "--pin", pins[0], "--pin", pins[1])).Ends(ExitCode.Confirmed);
        string hex = "sha256:" + Convert.ToHexString(Convert.FromBase64String(pins[1]["sha256:".Length..]));
        (await Run.AldisAsync("echo", address, "x", "--pin", hex)).Ends(ExitCode.Confirmed);
        (await Run.AldisAsync("echo", address, "x", "--pin", pins[0]))
            .Ends(ExitCode.AuthenticationFailed, $"the server's key is not the one that is pinned: its pin is {pins[1]}");
        (await Run.AldisAsync("echo", address, "x", "--pin", pins[0], "--cafile", $"{folder}/ca.pem")).Ends(ExitCode.AuthenticationFailed, "pinned");
        (await Run.AldisAsync("echo", address, "x", "--pin", "sha256:abc")).Ends(ExitCode.UsageOrLocalError, "is no pin");
        (await Run.AldisAsync("echo", address + "?insecure", "x", "--pin", pins[1])).Ends(ExitCode.UsageOrLocalError, "verifies nothing");
        (await Run.AldisAsync("echo", address["tls://".Length..], "x", "--pin", pins[1])).Ends(ExitCode.UsageOrLocalError, "--pin is for TLS");
    }
}
