using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Bytes that are no TLS, handshakes that stop in their middle, and handshakes that are finished and thrown away, at a rate.</summary>
[SupportedOSPlatform("linux")]
internal static class TlsHandshakes
{
    private const int Addresses = 16;
    private const int Network = 38;
    private const int GarbagePerSecond = 200;
    private const int StormPerSecond = 100;
    private const int Halves = 400;
    private const int FewHalves = 40;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(10);

    public static Attack Attack { get; } = new(
        "tls-handshakes",
        "garbage, 400 half handshakes and a storm of whole ones, over TLS: each is ended in 10 s, new clients come in, and memory comes back",
        (ground, verdict) => MemoryAttack.RunAsync(
            ground,
            verdict,
            new ServerSetup("messages=tcp://127.0.0.1:0", $"messages=tls://127.0.0.1:0?{UnseenRefusals.NewCertificate(ground)}"),
            async server =>
            {
                using var over = new CancellationTokenSource(ground.Scale(Duration, Duration / 10));
                IPEndPoint at = server.At("messages/tls");
                Task<long> halves = HoldHalvesAsync(at, ground.Scale(Halves, FewHalves), over.Token);
                Task attack = Task.WhenAll(
                    SendGarbageAsync(at, ground.Scale(GarbagePerSecond, GarbagePerSecond / 10), over.Token),
                    StormAsync(at, ground.Scale(StormPerSecond, StormPerSecond / 10), over.Token),
                    halves);
                int answered = 0;
                int asked = 0;
                for (; !attack.IsCompleted; asked++)
                {
                    answered += await AskOnceAsync(at, Wire.From(Network + 1, 1 + asked)) is null ? 1 : 0;
                }

                await attack;
                long ended = await halves;
                verdict.Check("halves_ended", ended, ground.IsShort || ended >= Halves);
                verdict.Check("tls_answered", $"{answered}/{asked}", answered >= asked * 0.9 && asked > 0);
                return 0;
            }));

    /// <summary>Sends what is no TLS.</summary>
    public static Task<long> SendGarbageAsync(IPEndPoint server, double perSecond, CancellationToken over) => Pace.RunAsync(
        perSecond,
        async number =>
        {
            byte[] garbage = new byte[Wire.UnitBytes];
            new Random((int)number).NextBytes(garbage);
            using var patience = new CancellationTokenSource(HonestClients.Patience);
            using Socket socket = await Wire.ConnectAsync(server, From(number), patience.Token);
            await Wire.TrySendAsync(socket, garbage, patience.Token);
            await Wire.ReceiveAsync(socket, garbage, patience.Token);
        },
        over);

    /// <summary>Makes handshakes and resets the connections they were for.</summary>
    public static Task<long> StormAsync(IPEndPoint server, double perSecond, CancellationToken over) => Pace.RunAsync(
        perSecond,
        async number =>
        {
            using var patience = new CancellationTokenSource(HonestClients.Patience);
            Socket socket = await Wire.ConnectAsync(server, From(number), patience.Token);
            await using SslStream stream = await ShakeAsync(socket, patience.Token);
            Wire.Reset(socket);
        },
        over);

    /// <summary>Sends one message over a new connection with TLS.</summary>
    /// <returns>Null where its answer came; otherwise what was missing.</returns>
    public static async Task<string?> AskOnceAsync(IPEndPoint server, IPAddress from)
    {
        using var patience = new CancellationTokenSource(HonestClients.Patience);
        try
        {
            Socket socket = await Wire.ConnectAsync(server, from, patience.Token);
            await using SslStream stream = await ShakeAsync(socket, patience.Token);
            await stream.WriteAsync(Wire.Message("honest"), patience.Token);
            byte[] answer = new byte[Wire.AnswerBytes];
            return await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, patience.Token) == answer.Length ? null : "ended";
        }
        catch (Exception exception) when (Wire.IsEnd(exception))
        {
            return exception is OperationCanceledException ? "silent" : "handshake";
        }
    }

    /// <summary>Makes a handshake over a connection, which ends with its stream, and trusts anybody.</summary>
    public static async Task<SslStream> ShakeAsync(Socket socket, CancellationToken cancellation)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
                },
                cancellation);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Keeps so many half handshakes open until the time is over: who is ended comes again.</summary>
    /// <returns>How many were ended by the server.</returns>
    public static async Task<long> HoldHalvesAsync(IPEndPoint server, int count, CancellationToken over)
    {
        byte[] hello = await FirstFlightAsync();
        long ended = 0;
        await Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
        {
            // One stops in its first record, the next behind it.
            ReadOnlyMemory<byte> half = number % 2 == 0 ? hello.AsMemory(0, hello.Length / 2) : hello;
            while (!over.IsCancellationRequested)
            {
                using Socket? socket = await Wire.TryConnectAsync(server, From(number), CancellationToken.None);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(over);
                patience.CancelAfter(2 * HandshakeTime);
                if (socket is null || !await Wire.TrySendAsync(socket, half, patience.Token))
                {
                    continue;
                }

                await Wire.ReceiveAsync(socket, new byte[1 << 16], patience.Token);
                if (!patience.IsCancellationRequested)
                {
                    Interlocked.Increment(ref ended);
                }
            }
        }));
        return ended;
    }

    // What a client says before it has heard anything.
    private static async Task<byte[]> FirstFlightAsync()
    {
        using var heard = new MemoryStream();
        await using var stream = new SslStream(heard);
        try
        {
            await stream.AuthenticateAsClientAsync("localhost");
        }
        catch (IOException)
        {
            // Nobody answers.
        }

        return heard.ToArray();
    }

    private static IPAddress From(long number) => Wire.From(Network, 1 + (int)(number % Addresses));
}
