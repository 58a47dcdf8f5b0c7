using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;

namespace Aldis.Services.Tests.Hosting;

/// <summary>The same conversations over Unix sockets and TLS.</summary>
public sealed class TransportTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Messages_are_served_over_a_unix_socket()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            "messages", TestStore.NewHandler(), address: $"unix:{_directory.Combine("aldis.sock")}");
        for (int round = 0; round < 3; round++)
        {
            using LabClient client = await server.ConnectAsync();
            await client.SendAsync(LabFrame.Header(5));
            await client.SendAsync("hello");
            Assert.Equal(LabFrame.ConfirmationText, await client.ReceiveFrameAsync());
        }

        Assert.Equal("unix", server.Events.Of(ServiceEventKind.MessageReceived)[0].Peer);
    }

    [Fact]
    public async Task A_name_in_the_abstract_namespace_needs_no_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has an abstract namespace.");
        string name = "aldis-test-" + Guid.NewGuid().ToString("N");
        await using RunningServer server = await RunningServer.StartAsync("exchange", new ExchangeHandler(), address: $"unix:@{name}");
        using LabClient client = await LabClient.ConnectAsync(new UnixDomainSocketEndPoint("\0" + name));

        await client.SendAsync("hello");

        Assert.Equal("hello", await client.ReceiveTextAsync(5));
    }

    [Fact]
    public async Task The_echo_over_TLS_returns_every_byte_and_closes_after_the_clients_end()
    {
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler(), address: TlsAddress());
        byte[] sent = new byte[2 * 1024 * 1024];
        new Random(5).NextBytes(sent);
        using TcpClient tcp = await ConnectTcpAsync(server.EndPoint);
        await using SslStream client = await AuthenticateAsync(tcp);

        var received = new MemoryStream();
        Task sending = SendAsync();
        Task ended = Task.WhenAll(client.CopyToAsync(received, TestContext.Current.CancellationToken), sending);
        await Task.WhenAny(ended, Task.Delay(LabClient.Patience, TestContext.Current.CancellationToken));

        Assert.True(ended.IsCompletedSuccessfully, $"{received.Length} bytes came back; sending: {sending.Status}; all: {ended.Exception}");
        Assert.True(sent.AsSpan().SequenceEqual(received.ToArray()));

        async Task SendAsync()
        {
            await client.WriteAsync(sent, TestContext.Current.CancellationToken);
            await client.ShutdownAsync();
            tcp.Client.Shutdown(SocketShutdown.Send);
        }
    }

    [Fact]
    public async Task A_message_over_TLS_is_answered()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler(), address: TlsAddress());
        using TcpClient tcp = await ConnectTcpAsync(server.EndPoint);
        await using SslStream client = await AuthenticateAsync(tcp);

        await client.WriteAsync(Encoding.ASCII.GetBytes(LabFrame.Of("hello")), TestContext.Current.CancellationToken);
        byte[] answer = new byte[97];
        await client.ReadExactlyAsync(answer, TestContext.Current.CancellationToken);

        Assert.Equal(LabFrame.Confirmation, Encoding.ASCII.GetString(answer));
    }

    [Fact]
    public async Task A_client_that_verifies_does_not_trust_a_certificate_nobody_vouched_for()
    {
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler(), address: TlsAddress());
        using TcpClient tcp = await ConnectTcpAsync(server.EndPoint);
        await using var client = new SslStream(tcp.GetStream());

        await Assert.ThrowsAsync<AuthenticationException>(() => client.AuthenticateAsClientAsync("localhost"));
    }

    [Fact]
    public async Task A_client_that_speaks_no_TLS_is_closed_and_the_next_one_served()
    {
        await using RunningServer server = await RunningServer.StartAsync("echo", new EchoHandler(), address: TlsAddress());
        using (LabClient plain = await server.ConnectAsync())
        {
            await plain.SendAsync("Hello, world");
            await plain.WaitForEndAsync();
        }

        using TcpClient tcp = await ConnectTcpAsync(server.EndPoint);
        await using SslStream client = await AuthenticateAsync(tcp);
        await client.WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal('x', client.ReadByte());
    }

    [Fact]
    public async Task A_file_whose_TLS_connection_is_reset_is_not_stored()
    {
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Combine("files") });
        await using RunningServer server = await RunningServer.StartAsync("files", new FilesHandler(inbox), address: TlsAddress());
        using TcpClient tcp = await ConnectTcpAsync(server.EndPoint);
        await using SslStream client = await AuthenticateAsync(tcp);
        await client.WriteAsync("Hello from the client!half a fi"u8.ToArray(), TestContext.Current.CancellationToken);
        await client.ReadExactlyAsync(new byte[22], TestContext.Current.CancellationToken);

        tcp.LingerState = new LingerOption(true, 0);
        tcp.Client.Dispose();

        await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Empty(Directory.EnumerateFiles(inbox.Directory));
    }

    private static async Task<TcpClient> ConnectTcpAsync(EndPoint server)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync((IPEndPoint)server, TestContext.Current.CancellationToken);
        return tcp;
    }

    private static async Task<SslStream> AuthenticateAsync(TcpClient tcp)
    {
        var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = IsOurs };
        await tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken).InTime();
        return tls;
    }

    private static bool IsOurs(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate?.Subject == "CN=localhost";

    private string TlsAddress()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_directory.Combine("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_directory.Combine("key.pem"), key.ExportPkcs8PrivateKeyPem());
        return $"tls://127.0.0.1:0?cert={_directory.Combine("cert.pem")}&key={_directory.Combine("key.pem")}";
    }
}
