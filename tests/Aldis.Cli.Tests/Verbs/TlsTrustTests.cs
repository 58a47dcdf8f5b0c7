using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>A certificate that is not trusted is an error that says which option of the address would change that.</summary>
public sealed class TlsTrustTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TemporaryDirectory _other = new();

    public void Dispose()
    {
        _other.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Who_is_not_trusted_is_told_how_to_be()
    {
        await using Peer server = ThatSpeaksTls(TestCertificate.Create(_directory).AuthorityFile);
        Run run = await EchoAsync($"tls://{server.Address}");
        run.Ends(ExitCode.AuthenticationFailed, "nobody this machine trusts vouches for the server's certificate: add ?cafile=FILE");
        Assert.DoesNotContain("Root", run.Error, StringComparison.Ordinal);
        (await EchoAsync($"tls://{server.Address}?servername=localhost"))
            .Ends(ExitCode.AuthenticationFailed, "add &cafile=FILE to trust the certificates in a PEM file");
    }

    [Fact]
    public async Task With_the_file_that_the_error_asks_for_it_works()
    {
        string file = TestCertificate.Create(_directory).AuthorityFile;
        await using Peer server = ThatSpeaksTls(file);
        (await EchoAsync($"tls://{server.Address}?cafile={file}")).Ends(ExitCode.Confirmed);
    }

    [Fact]
    public async Task A_file_that_does_not_vouch_for_it_is_named()
    {
        await using Peer server = ThatSpeaksTls(TestCertificate.Create(_directory).AuthorityFile);
        string file = TestCertificate.Create(_other).AuthorityFile;
        (await EchoAsync($"tls://{server.Address}?cafile={file}"))
            .Ends(ExitCode.AuthenticationFailed, $"nobody in {file} vouches for the server's certificate");
    }

    [Fact]
    public async Task Another_name_is_answered_with_the_names_there_are()
    {
        string file = TestCertificate.Create(_directory).AuthorityFile;
        await using Peer server = ThatSpeaksTls(file);
        (await EchoAsync($"tls://{server.Address}?cafile={file}&servername=pump.example"))
            .Ends(ExitCode.AuthenticationFailed, "the server's certificate is for localhost, 127.0.0.1, and not for the name in the address");
    }

    [Theory]
    [InlineData("nothing.pem", "cannot be read")]
    [InlineData("empty.pem", "there is no certificate in")]
    public async Task A_file_without_a_certificate_is_said(string name, string sentence)
    {
        await using Peer server = ThatSpeaksTls(TestCertificate.Create(_directory).AuthorityFile);
        File.WriteAllText(_directory.Combine("empty.pem"), "no certificate\n");
        (await EchoAsync($"tls://{server.Address}?cafile={_directory.Combine(name)}")).Ends(ExitCode.AuthenticationFailed, sentence);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_port_without_tls_is_said_to_be_one()
    {
        await using Peer server = Peer.ThatSpeaksHttp();
        Run run = (await EchoAsync($"tls://{server.Address}")).Ends(ExitCode.AuthenticationFailed, "what came was no TLS");
        Assert.DoesNotContain("xception", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo", "ADDRESS", "x")]
    [InlineData("talk", "ADDRESS")]
    [InlineData("send", "ADDRESS", "x", "--retry", "0")]
    [InlineData("copy", "FILE", "ADDRESS", "--retry", "0")]
    public async Task A_port_with_tls_is_hinted_at_where_it_closes_without_a_word(params string[] call)
    {
        await using Peer server = Peer.That(static async (socket, stop) => await socket.ReceiveAsync(new byte[1024], stop));
        string file = _directory.Combine("file");
        File.WriteAllText(file, "text\n");
        (await Run.AldisAsync("x\n", [.. call.Select(word => word == "ADDRESS" ? server.Address : word == "FILE" ? file : word)]))
            .Ends(ExitCode.NetworkError, "If it speaks TLS, write tls:// before the address.");
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("talk")]
    [InlineData("send")]
    public async Task The_help_of_every_client_says_whom_it_trusts(string verb)
    {
        Run run = await Run.AldisAsync(verb, "--help");
        Assert.Contains("?cafile=FILE", run.Output, StringComparison.Ordinal);
        Assert.Contains("?insecure", run.Output, StringComparison.Ordinal);
    }

    private static Task<Run> EchoAsync(string address) => Run.AldisAsync("echo", address, "x");

    private static Peer ThatSpeaksTls(string certificateFile) => Peer.That(async (socket, stop) =>
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(
            certificateFile, Path.Combine(Path.GetDirectoryName(certificateFile)!, "key.pem"));
        await using var stream = new SslStream(new NetworkStream(socket));
        try
        {
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop);
            byte[] buffer = new byte[1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, stop)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), stop);
            }
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            // The client did not trust it, as most here do not.
        }
    });
}
