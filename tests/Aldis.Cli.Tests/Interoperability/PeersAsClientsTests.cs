using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary>ncat, socat, nc and curl hold each conversation with our server.</summary>
public sealed class PeersAsClientsTests(AllConversations all) : IClassFixture<AllConversations>
{
    // Longer than any test waits: socat must not end by itself half a second after its input did.
    private const string SocatPatience = "60";

    // curl holds a Telnet session open after the end of its input, until the server closes.
    private const string EndlessPeer = "curl";

    public static TheoryData<string> StreamPeers => ["ncat", "socat", "nc", "curl"];

    public static TheoryData<string> DatagramPeers => ["ncat", "socat", "nc"];

    [Theory]
    [MemberData(nameof(StreamPeers))]
    public async Task Ack_answers_each_text(string program)
    {
        using PeerProgram peer = Connect(program, "ack");
        for (int round = 0; round < 3; round++)
        {
            await peer.SendAsync("Hello\n");
            Assert.Equal("ACK received", await peer.ReceiveTextAsync(12));
        }

        await EndAsync(peer, program);
    }

    [Theory]
    [MemberData(nameof(StreamPeers))]
    public async Task Echo_returns_each_text_and_closes_after_the_end(string program)
    {
        using PeerProgram peer = Connect(program, "echo");
        foreach (string text in new[] { "Hello, world", "grüß dich", new string('x', 20_000) })
        {
            await peer.SendAsync(text);
            Assert.Equal(text, await peer.ReceiveTextAsync(Encoding.UTF8.GetByteCount(text)));
        }

        await EndAsync(peer, program);
    }

    [Theory]
    [MemberData(nameof(StreamPeers))]
    public async Task Exchange_shows_and_returns_what_was_said(string program)
    {
        using PeerProgram peer = Connect(program, "exchange");
        foreach (string text in new[] { $"{program} says good day", $"{program} says good bye" })
        {
            await peer.SendAsync(text);
            Assert.Equal(text, await peer.ReceiveTextAsync(text.Length));
            await all.Server.WaitForLineAsync($"Data received: {text}");
        }

        await EndAsync(peer, program);
    }

    [Theory]
    [MemberData(nameof(StreamPeers))]
    public async Task Messages_confirms_each_message_and_ends_with_the_disconnect(string program)
    {
        using PeerProgram peer = Connect(program, "messages");
        string[] texts = [$"sent with {program}", string.Empty, "grüß dich"];
        if (program == EndlessPeer)
        {
            // A tenth of a second after its last input curl waits for more and looks at its connection no longer, so that an answer which
            // takes longer (it waits for the disk) would never be read. The end of its input keeps it looking.
            await peer.SendAsync(string.Concat(texts.Append(LabFrame.Disconnect).Select(LabFrame.Of)));
            peer.FinishWriting();
        }

        foreach (string text in texts)
        {
            if (program != EndlessPeer)
            {
                await peer.SendAsync(LabFrame.Header(Encoding.UTF8.GetByteCount(text)));
                await peer.SendAsync(text);
            }

            Assert.Equal(LabFrame.Confirmation, await peer.ReceiveTextAsync(97));
        }

        if (program != EndlessPeer)
        {
            await peer.SendAsync(LabFrame.Of(LabFrame.Disconnect));
        }

        Assert.Equal(LabFrame.Confirmation, await peer.ReceiveTextAsync(97));
        await EndAsync(peer);
        await all.Server.WaitForLineAsync(line => line.EndsWith($"] sent with {program}", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(StreamPeers))]
    public async Task Messages_refusal_reaches_the_peer_before_the_close(string program)
    {
        using PeerProgram peer = Connect(program, "messages");
        await peer.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

        Assert.Equal(LabFrame.Of("Message refused: the header is not a number"), await peer.ReceiveTextAsync(64 + 43));
        await EndAsync(peer);
    }

    [Theory]
    [MemberData(nameof(StreamPeers))]
    public async Task Files_greets_and_stores_what_follows(string program)
    {
        // Text, because curl speaks Telnet and doubles the byte 255; of a length that no other peer's file has.
        string file = string.Concat(Enumerable.Range(0, 40_000 + program[0]).Select(number => $"{program} {number}\n"));
        using PeerProgram peer = Connect(program, "files");
        await peer.SendAsync("Hello from the client!");
        Assert.Equal("Hello from the server!", await peer.ReceiveTextAsync(22));
        await peer.SendAsync(file);
        if (program == EndlessPeer)
        {
            await Wait.UntilAsync(() => Directory.EnumerateFiles(all.FilesDirectory, "*.part")
                .Any(part => new FileInfo(part).Length == file.Length));
        }

        await EndAsync(peer, program);

        Assert.Contains(await StoredAsync(file.Length), stored => stored == file);
    }

    [Theory]
    [MemberData(nameof(DatagramPeers))]
    public async Task Datagrams_come_back(string program)
    {
        IPEndPoint echo = all.Server.EndPoints["echo/udp"];
        string port = echo.Port.ToString(CultureInfo.InvariantCulture);
        using PeerProgram peer = program switch
        {
            "socat" => PeerProgram.Start("socat", "-b", "70000", "-", $"UDP:{echo}"),
            _ => PeerProgram.Start(program, "-u", "127.0.0.1", port),
        };
        foreach (string text in new[] { "Hello, world", new string('x', 1400) })
        {
            await peer.SendAsync(text);
            Assert.Equal(text, await peer.ReceiveTextAsync(text.Length));
        }
    }

    [Theory]
    [InlineData("ncat")]
    [InlineData("socat")]
    [InlineData("curl")]
    public async Task TLS_carries_messages_for_peers_that_verify_the_certificate(string program)
    {
        using var directory = new TemporaryDirectory();
        string certificate = WriteCertificate(directory);
        await using AldisProcess server = await AldisProcess.ServeAsync(
            $"exchange=tls://127.0.0.1:0?cert={certificate}&key={directory.Combine("key.pem")}");
        IPEndPoint endPoint = server.EndPoints["exchange/tls"];
        using PeerProgram peer = program switch
        {
            "ncat" => PeerProgram.Start("ncat", "--ssl-verify", "--ssl-trustfile", certificate, "localhost", Port(endPoint), "-4"),
            "socat" => PeerProgram.Start("socat", "-t", SocatPatience, "-", $"OPENSSL:{endPoint},cafile={certificate},commonname=localhost"),
            _ => PeerProgram.Start(
                "curl", "-sN4", "--http0.9", "--cacert", certificate, $"https://localhost:{Port(endPoint)}/said-over-tls"),
        };
        if (program == "curl")
        {
            // The server returns the request itself, which HTTP/0.9 takes for a document.
            Assert.StartsWith("GET /said-over-tls HTTP/1.1\r\n", await peer.ReceiveTextAsync(29), StringComparison.Ordinal);
            return;
        }

        await peer.SendAsync($"{program} over TLS");
        Assert.Equal($"{program} over TLS", await peer.ReceiveTextAsync(program.Length + 9));
        await EndAsync(peer);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("ncat")]
    [InlineData("socat")]
    [InlineData("nc")]
    public async Task A_unix_socket_carries_messages(string program)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("aldis.sock");
        await using AldisProcess server = await AldisProcess.ServeAsync($"messages=unix:{path}");
        await server.WaitForLineAsync($"LISTEN service=messages proto=unix path={path}");
        using PeerProgram peer = program switch
        {
            "socat" => PeerProgram.Start("socat", "-t", SocatPatience, "-", $"UNIX-CONNECT:{path}"),
            "nc" => PeerProgram.Start("nc", "-N", "-U", path),
            _ => PeerProgram.Start("ncat", "-U", path),
        };

        await peer.SendAsync(LabFrame.Of("over a unix socket"));
        Assert.Equal(LabFrame.Confirmation, await peer.ReceiveTextAsync(97));
        await EndAsync(peer);
        await server.StopAsync();
        Assert.False(File.Exists(path));
    }

    private static string Port(IPEndPoint endPoint) => endPoint.Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>Lets the peer finish writing and end by itself, where it does that.</summary>
    private static Task EndAsync(PeerProgram peer, string program)
    {
        if (program != EndlessPeer)
        {
            return EndAsync(peer);
        }

        peer.Dispose();
        return Task.CompletedTask;
    }

    private static async Task EndAsync(PeerProgram peer)
    {
        peer.FinishWriting();
        Assert.Empty(await peer.ReceiveTextToEndAsync());
        await peer.WaitForExitAsync();
    }

    private static string WriteCertificate(TemporaryDirectory directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(directory.Combine("key.pem"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(directory.Combine("cert.pem"), certificate.ExportCertificatePem());
        return directory.Combine("cert.pem");
    }

    private PeerProgram Connect(string program, string service)
    {
        IPEndPoint endPoint = all.Server.EndPoints[service + "/tcp"];
        return program switch
        {
            "ncat" => PeerProgram.Start("ncat", "127.0.0.1", Port(endPoint)),
            "nc" => PeerProgram.Start("nc", "-N", "127.0.0.1", Port(endPoint)),
            "socat" => PeerProgram.Start("socat", "-t", SocatPatience, "-", $"TCP:{endPoint}"),
            _ => PeerProgram.Start("curl", "--silent", "--no-buffer", $"telnet://{endPoint}"),
        };
    }

    /// <summary>The stored files of a length, once the server said that there is one.</summary>
    private async Task<string[]> StoredAsync(int length)
    {
        await all.Server.WaitForLineAsync(line => line.StartsWith("File received", StringComparison.Ordinal)
            && line.EndsWith($", {length} bytes", StringComparison.Ordinal));
        return [.. Directory.EnumerateFiles(all.FilesDirectory, "*.txt").Select(File.ReadAllText)];
    }
}
