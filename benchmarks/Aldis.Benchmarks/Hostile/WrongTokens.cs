using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Wrong tokens at a rate, beside clients that have a right one.</summary>
[SupportedOSPlatform("linux")]
internal static class WrongTokens
{
    private const int Addresses = 8;
    private const int Network = 41;
    private const int PerSecond = 400;
    private const int Bearers = 20;

    // What an address may try at once, and one more in six seconds (docs/tokens.md).
    private const int AtOnce = 10;
    private const double SecondsForOneMore = 6;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    public static Attack Attack { get; } = new(
        "wrong-tokens",
        "400 wrong tokens a second of 8 addresses over TLS: each of them may try ten, then one in 6 s, and bearers of right ones are let in",
        AttackAsync);

    /// <summary>How a server is started that asks for tokens, over TLS.</summary>
    /// <param name="ground">Where.</param>
    /// <param name="token">The one token that is right.</param>
    public static ServerSetup Setup(Ground ground, out string token)
    {
        token = "aldis_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        string path = ground.NewFolder() + ".tokens";
        File.WriteAllText(path, $"bearer sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)))} ids=bearer-*\n");
        return new ServerSetup($"messages=tls://127.0.0.1:0?{UnseenRefusals.NewCertificate(ground)}", "--tokens", path);
    }

    /// <summary>Clients at a fixed rate that show the right token, each over a new connection for each message.</summary>
    public static HonestClients NewBearers(IPEndPoint server, string token) => new(server, Bearers, perSecond: 1)
    {
        Ask = async from =>
        {
            string said = await AskAsync(server, from, $"bearer-{from.GetAddressBytes()[3]}", token);
            return said.Contains("ACK 1 ", StringComparison.Ordinal) ? null : "refused";
        },
    };

    /// <summary>Shows wrong tokens until the time is over.</summary>
    /// <returns>How many were answered as wrong, how many were told to wait, and how many were not answered.</returns>
    public static async Task<(long Wrong, long Busy, long Bare)> RunAsync(IPEndPoint server, double perSecond, CancellationToken over)
    {
        long wrong = 0;
        long busy = 0;
        long bare = 0;
        await Pace.RunAsync(
            perSecond,
            async number =>
            {
                string said = await AskAsync(server, Wire.From(Network, 1 + (int)(number % Addresses)), "bearer-1", $"aldis_{number}");
                _ = said.StartsWith("ALDIS/1 error=token", StringComparison.Ordinal) ? Interlocked.Increment(ref wrong)
                    : said.StartsWith("ALDIS/1 error=busy", StringComparison.Ordinal) ? Interlocked.Increment(ref busy)
                    : Interlocked.Increment(ref bare);
            },
            over);
        return (wrong, busy, bare);
    }

    private static async Task AttackAsync(Ground ground, Verdict verdict)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ground, Setup(ground, out string token));
        IPEndPoint at = server.At("messages/tls");
        TimeSpan time = ground.Scale(Duration, Duration / 8);
        HonestClients bearers = NewBearers(at, token);
        Task asking = bearers.RunAsync(time);
        using var over = new CancellationTokenSource(time);
        (long wrong, long busy, long bare) = await RunAsync(at, ground.Scale(PerSecond, PerSecond / 2), over.Token);
        await asking;
        bearers.Tell(verdict, "bearers");
        verdict.Check("wrong", wrong, wrong > 0 && wrong <= Addresses * (AtOnce + 1 + (2 * time.TotalSeconds / SecondsForOneMore)));
        verdict.Check("busy", busy, busy > 0);
        verdict.Check("unanswered_attackers", bare, bare == 0);
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
        verdict.Tell("refusals", server.Refusals());
    }

    /// <summary>Shows a token, and sends a message behind it.</summary>
    /// <returns>What was answered.</returns>
    private static async Task<string> AskAsync(IPEndPoint server, IPAddress from, string id, string token)
    {
        byte[] answer = new byte[2 * Wire.UnitBytes];
        int length = 0;
        try
        {
            using var patience = new CancellationTokenSource(HonestClients.Patience);
            Socket socket = await Wire.ConnectAsync(server, from, patience.Token);
            await using SslStream stream = await TlsHandshakes.ShakeAsync(socket, patience.Token);
            byte[] words = [.. Wire.Unit($"ALDIS/1 messages client={id}"), .. Wire.Unit($"TOKEN {token}"), .. Wire.Unit("1 1"), (byte)'x', .. Wire.Unit("BYE")];
            await stream.WriteAsync(words, patience.Token);
            length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, patience.Token);
        }
        catch (Exception exception) when (Wire.IsEnd(exception))
        {
            // What came before it counts.
        }

        return Encoding.ASCII.GetString(answer, 0, length);
    }
}
