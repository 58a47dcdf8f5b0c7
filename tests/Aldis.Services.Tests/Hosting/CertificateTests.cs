using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aldis.Services.Tests.Hosting;

/// <summary>The certificates of a server: which it shows, how it takes new ones, and which clients it takes.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority;
    private readonly VirtualTime _time = new(DateTimeOffset.UtcNow);
    private readonly RecordedEvents _events = new();

    public CertificateTests() => _authority = new TestAuthority(_directory);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_certificate_whose_content_changes_is_shown_to_the_next_client_while_those_of_before_go_on()
    {
        await using ConversationServer server = await StartAsync(_authority.Issue("one.example", "cert"));
        await using EchoClient before = await ConnectAsync(server, "one.example");
        Assert.Equal("CN=one.example", await ShownAsync(server));

        _authority.Issue("two.example", "cert");
        Assert.Equal("CN=one.example", await ShownAsync(server));
        _time.Advance(CertificateWatch.Period);

        Assert.Equal("CN=two.example", await ShownAsync(server));
        Assert.Equal("x"u8.ToArray(), (await before.ExchangeAsync("x"u8.ToArray(), Stop).InTime()).ToArray());
        Assert.Contains("cert.pem was read again", Assert.Single(_events.Of(ServiceEventKind.Reloaded)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_points_to_another_directory_now_is_followed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Links need a right of their own on Windows.");
            return;
        }

        foreach (string version in new[] { "v1", "v2" })
        {
            Directory.CreateDirectory(_directory.Combine(version));
            _authority.Issue($"{version}.example", Path.Combine(version, "tls"));
        }

        string data = _directory.Combine("data");
        Directory.CreateSymbolicLink(data, "v1");
        await using ConversationServer server = await StartAsync($"cert={data}/tls.pem&key={data}/tls.key");
        Assert.Equal("CN=v1.example", await ShownAsync(server));

        File.Delete(data);
        Directory.CreateSymbolicLink(data, "v2");
        _time.Advance(CertificateWatch.Period);

        Assert.Equal("CN=v2.example", await ShownAsync(server));
    }

    [Theory]
    [InlineData("nonsense", "cannot be used with the key")]
    [InlineData("key", "cannot be used with the key")]
    [InlineData("expired", "and not now")]
    [InlineData("missing", "cert.pem")]
    public async Task A_bad_certificate_changes_nothing_is_told_and_is_seen_in_the_health(string what, string sentence)
    {
        await using ConversationServer server = await StartAsync(_authority.Issue("one.example", "cert"));
        string good = File.ReadAllText(_directory.Combine("cert.pem"));
        if (what == "expired")
        {
            _authority.Issue("two.example", "cert", from: -20, until: -10);
        }
        else if (what == "missing")
        {
            File.Delete(_directory.Combine("cert.pem"));
        }
        else
        {
            _authority.Issue("two.example", "other");
            File.WriteAllText(
                _directory.Combine("cert.pem"), what == "key" ? File.ReadAllText(_directory.Combine("other.pem")) : "no certificate\n");
        }

        // Files are replaced one after the other: what is bad once may be good at the next look.
        _time.Advance(CertificateWatch.Period);
        Assert.Empty(_events.Of(ServiceEventKind.ReloadRefused));
        _time.Advance(CertificateWatch.Period);

        Assert.Contains(sentence, Assert.Single(_events.Of(ServiceEventKind.ReloadRefused)).Detail, StringComparison.Ordinal);
        Assert.Equal("CN=one.example", await ShownAsync(server));
        Assert.Equal(HealthStatus.Degraded, await HealthAsync(server));
        _time.Advance(10 * CertificateWatch.Period);
        Assert.Single(_events.Of(ServiceEventKind.ReloadRefused));

        if (what == "expired")
        {
            _authority.Issue("three.example", "cert");
        }
        else
        {
            File.WriteAllText(_directory.Combine("cert.pem"), good);
        }

        _time.Advance(CertificateWatch.Period);
        Assert.Single(_events.Of(ServiceEventKind.Reloaded));
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(server));
    }

    [Fact]
    public async Task Who_asks_for_it_is_answered_at_once()
    {
        await using ConversationServer server = await StartAsync(_authority.Issue("one.example", "cert"));
        _authority.Issue("two.example", "cert");
        server.Certificates.Reload();
        Assert.Equal("CN=two.example", await ShownAsync(server));

        File.WriteAllText(_directory.Combine("cert.pem"), "no certificate\n");
        server.Certificates.Reload();
        Assert.Single(_events.Of(ServiceEventKind.ReloadRefused));
    }

    [Theory]
    [InlineData("a.example", "CN=a.example")]
    [InlineData("A.EXAMPLE", "CN=a.example")]
    [InlineData("x.b.example", "CN=*.b.example")]
    [InlineData("x.y.b.example", "CN=a.example")]
    [InlineData("b.example", "CN=a.example")]
    [InlineData("c.example", "CN=c.example")]
    [InlineData("127.0.0.1", "CN=a.example")]
    public async Task The_certificate_is_chosen_by_the_name_the_client_asks_for(string host, string subject)
    {
        string[] issued = [_authority.Issue("a.example"), _authority.Issue("*.b.example", "wild"), _authority.Issue("c.example")];
        string[][] files = [.. issued.Select(static options => options.Split('&').Select(static one => one.Split('=')[1]).ToArray())];
        await using ConversationServer server = await StartAsync(
            $"cert={string.Join(',', files.Select(static pair => pair[0]))}&key={string.Join(',', files.Select(static pair => pair[1]))}");
        Assert.Equal(subject, await ShownAsync(server, host));
    }

    [Fact]
    public async Task An_encrypted_key_needs_the_file_with_its_password()
    {
        string options = _authority.Issue("one.example", "cert", password: "a secret");
        Assert.Contains("key-password-file=FILE", Assert.Throws<CommunicationException>(
            () => new ConversationServer().Listen(EchoConversation.Descriptor, $"tls://127.0.0.1:0?{options}")).Message, StringComparison.Ordinal);
        File.WriteAllText(_directory.Combine("password"), "a secret\n");
        await using ConversationServer server = await StartAsync($"{options}&key-password-file={_directory.Combine("password")}");
        Assert.Equal("CN=one.example", await ShownAsync(server));
    }

    [Fact]
    public async Task A_certificate_is_warned_of_from_14_days_before_its_end_once_a_day()
    {
        await using ConversationServer server = await StartAsync(_authority.Issue("one.example", "cert", until: 15));
        _time.Advance(TimeSpan.FromHours(23));
        Assert.Empty(_events.Of(ServiceEventKind.CertificateExpires));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Contains("cert.pem expires on", Assert.Single(_events.Of(ServiceEventKind.CertificateExpires)).Detail, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(2, _events.Of(ServiceEventKind.CertificateExpires).Length);
        Assert.Equal(DateTimeOffset.UtcNow.AddDays(15), Assert.Single(server.Certificates.Expiries).ValidUntil, TimeSpan.FromMinutes(10));
    }

    [Theory]
    [InlineData("none", "it showed no certificate, and one that")]
    [InlineData("unknown", "vouches for the certificate it showed")]
    [InlineData("expired", "is not valid now")]
    public async Task A_client_without_a_certificate_that_counts_is_refused_and_the_server_says_why(string what, string sentence)
    {
        using var other = new TestAuthority(_directory, "other");
        string shown = what switch
        {
            "unknown" => "&" + other.Issue("pump-7"),
            "expired" => "&" + _authority.Issue("pump-7", from: -20, until: -10),
            _ => string.Empty,
        };
        await using ConversationServer server = await StartAsync(_authority.Issue("localhost") + $"&client-ca={_authority.File}");

        await Assert.ThrowsAsync<CommunicationException>(async () =>
        {
            await using EchoClient client = await ConnectAsync(server, "localhost", shown);
            await client.ExchangeAsync("x"u8.ToArray(), Stop).InTime();
        });

        ServiceEvent refused = await _events.WaitForAsync(ServiceEventKind.ConnectionRefused);
        Assert.Equal(ServiceEventCause.ClientCertificate, refused.Cause);
        Assert.Contains(sentence, refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_gives_the_client_id_it_names_and_no_other()
    {
        await using var server = new ConversationServer(new ServerOptions { Events = _events, Time = _time });
        server.Listen("messages", $"tls://127.0.0.1:0?{_authority.Issue("localhost")}&client-ca={_authority.File}", TestStore.NewHandler());
        await server.StartAsync(Stop);
        string address = Address(server, "localhost", "&" + _authority.Issue("pump-7"));

        await SendAsync(address, "pump-7");
        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(() => SendAsync(address, "pump-8"));

        Assert.Equal(CommunicationFailure.Authentication, failure.Failure);
        Assert.Contains("does not allow the client id 'pump-8'", failure.Message, StringComparison.Ordinal);
        ServiceEvent refused = await _events.WaitForAsync(ServiceEventKind.MessageRefused);
        Assert.Equal(ServiceEventCause.ClientCertificate, refused.Cause);
        Assert.Equal("its certificate (CN=pump-7) does not name the client pump-8", refused.Detail);
    }

    [Theory]
    [InlineData("none", "closed the connection before it had answered. If it asks for a client's certificate, add &cert=FILE&key=FILE.")]
    [InlineData("unknown", "closed the connection before it had answered. It may not take the certificate ")]
    public async Task A_client_whose_connection_ends_at_once_is_told_what_may_be_wrong_with_its_certificate(string what, string sentence)
    {
        using var other = new TestAuthority(_directory, "other");
        await using var server = new ConversationServer(new ServerOptions { Events = _events, Time = _time });
        server.Listen("messages", $"tls://127.0.0.1:0?{_authority.Issue("localhost")}&client-ca={_authority.File}", TestStore.NewHandler());
        await server.StartAsync(Stop);

        CommunicationException failure = await Assert.ThrowsAsync<CommunicationException>(
            () => SendAsync(Address(server, "localhost", what == "none" ? string.Empty : "&" + other.Issue("pump-7")), "pump-7"));

        Assert.Contains(sentence, failure.Message, StringComparison.Ordinal);
    }

    private static async Task SendAsync(string address, string client)
    {
        await using var messages = MessagesClient.Open(
            address, client, new MessagesClientOptions { RetryFor = TimeSpan.Zero });
        await messages.SendAsync("x"u8.ToArray(), Stop).InTime();
    }

    private async Task<ConversationServer> StartAsync(string options)
    {
        var server = new ConversationServer(new ServerOptions { Events = _events, Time = _time });
        server.Listen(EchoConversation.Descriptor, $"tls://127.0.0.1:0?{options}");
        await server.StartAsync(Stop);
        return server;
    }

    private string Address(ConversationServer server, string name, string shown) =>
        $"{server.Endpoints[0].Uri}?cafile={_authority.File}&servername={name}{shown}";

    private Task<EchoClient> ConnectAsync(ConversationServer server, string name, string shown = "") =>
        EchoClient.ConnectAsync(Address(server, name, shown), cancellationToken: Stop);

    private static async Task<string> ShownAsync(ConversationServer server, string host = "none.example")
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Endpoints[0].EndPoint, Stop);
        string subject = string.Empty;
        await using var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, (_, shown, _, _) =>
        {
            subject = shown!.Subject;
            return shown is X509Certificate2;
        });
        await tls.AuthenticateAsClientAsync(host);
        return subject;
    }

    private static async Task<HealthStatus> HealthAsync(ConversationServer server)
    {
        var check = new ServerHealthCheck(server);
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("aldis", check, HealthStatus.Unhealthy, null) };
        return (await check.CheckHealthAsync(context, Stop)).Status;
    }
}
