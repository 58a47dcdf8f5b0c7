using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Everything that is turned away: failed TLS handshakes, an id that is taken over, connections for which there is no descriptor.</summary>
[SupportedOSPlatform("linux")]
internal static class UnseenRefusals
{
    private const int Handshakes = 100;
    private const int FewHandshakes = 20;
    private const int Descriptors = 256;
    private const int Connections = 400;
    private const int Network = 17;

    public static Attack Attack { get; } = new(
        "unseen-refusals",
        "100 failed TLS handshakes, an id taken over, more connections than descriptors: each is counted under its reason",
        AttackAsync);

    /// <summary>A certificate and its key, as the options of an address.</summary>
    public static string NewCertificate(Ground ground)
    {
        string path = ground.NewFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(60));
        File.WriteAllText(path + ".pem", certificate.ExportCertificatePem());
        using (var file = new FileStream(path + ".key", new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(key.ExportPkcs8PrivateKeyPem());
        }

        return $"cert={path}.pem&key={path}.key";
    }

    /// <summary>Fails TLS handshakes with bytes that are none.</summary>
    public static Task FailHandshakesAsync(IPEndPoint server, int count) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, over) =>
        {
            using Socket? socket = await Wire.TryConnectAsync(server, Wire.From(Network, 1 + (number % 16)), over);
            if (socket is not null)
            {
                using var patience = new CancellationTokenSource(HonestClients.Patience);
                await Wire.TrySendAsync(socket, Wire.Unit("GET / HTTP/1.1"), patience.Token);
                await Wire.ReceiveAsync(socket, new byte[Wire.UnitBytes], patience.Token);
            }
        });

    private static async Task AttackAsync(Ground ground, Verdict verdict)
    {
        await using (ServerProcess server = await ServerProcess.StartAsync(
            ground, new ServerSetup("messages=tcp://127.0.0.1:0", $"echo=tls://127.0.0.1:0?{NewCertificate(ground)}")))
        {
            int handshakes = ground.Scale(Handshakes, FewHandshakes);
            await FailHandshakesAsync(server.At("echo/tls"), handshakes);
            await TakeOverAsync(server.At("messages/tcp"));
            bool hasStopped = await server.StopAsync();
            verdict.Check("stopped_in_order", hasStopped, hasStopped);
            long failed = server.Count("connection-refused", "handshake-failed");
            verdict.Check("handshakes", failed, failed == handshakes && server.RefusedInSummary == handshakes);
            long taken = server.Count("connection-closed", "superseded");
            verdict.Check("taken_over", taken, taken == 1);
        }

        await using ServerProcess small = await ServerProcess.StartAsync(
            ground, new ServerSetup("messages=tcp://127.0.0.1:0") { Descriptors = Descriptors });
        using var crowd = new Uploads();
        await crowd.ConnectAsync(small.At("messages/tcp"), Connections, Network);
        await Task.Delay(500);
        crowd.Dispose();
        bool hasEnded = await small.StopAsync();
        verdict.Check("small_stopped_in_order", hasEnded, hasEnded);
        long refused = small.Count("connection-refused", "descriptor-limit");
        verdict.Check("for_descriptors", refused, refused > 0 && small.RefusedInSummary == refused);
    }

    private static async Task TakeOverAsync(IPEndPoint server)
    {
        byte[] preface = Wire.Unit("ALDIS/1 messages client=taken");
        using Socket older = await Wire.ConnectAsync(server, Wire.From(Network, 20));
        await Wire.TrySendAsync(older, preface);
        await Wire.ReceiveAsync(older, new byte[Wire.UnitBytes]);
        using Socket newer = await Wire.ConnectAsync(server, Wire.From(Network, 21));
        await Wire.TrySendAsync(newer, preface);
        await Wire.ReceiveAsync(newer, new byte[Wire.UnitBytes]);
        await Wire.ReceiveAsync(older, new byte[Wire.UnitBytes]);
    }
}
