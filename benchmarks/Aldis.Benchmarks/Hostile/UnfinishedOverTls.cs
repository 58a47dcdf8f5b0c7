using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Authentication;

namespace Aldis.Benchmarks.Hostile;

/// <summary>The same as <see cref="UnfinishedMessages"/> over TLS, compared with as many well-behaved connections over TLS.</summary>
[SupportedOSPlatform("linux")]
internal static class UnfinishedOverTls
{
    private const int Connections = 600;

    // Still more than the heap of a short form.
    private const int FewConnections = 200;
    private const int HandshakesAtOnce = 32;
    private const int Network = 21;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(12);

    public static Attack Attack { get; } = new(
        "unfinished-over-tls",
        "600 connections of one address hold 1 MiB each, less a byte, over TLS: honest clients are answered, and memory comes back",
        (ground, verdict) => MemoryAttack.RunAsync(
            ground,
            verdict,
            new ServerSetup("messages=tcp://127.0.0.1:0", $"messages=tls://127.0.0.1:0?{UnseenRefusals.NewCertificate(ground)}"),
            server => RunAsync(server.At("messages/tls"), ground.Scale(Connections, FewConnections), ground.Scale(Rest, Rest / 3)),
            new WellBehaved(Connections, SendAsync)));

    /// <summary>Sends a message from one of the addresses that behave well, and reads its answer.</summary>
    private static async Task SendAsync(ServerProcess server, byte[] message, CancellationToken over)
    {
        await using Stream? stream = await ConnectAsync(server.At("messages/tls"), Wire.From(Network, 2), over);
        if (stream is not null)
        {
            await stream.WriteAsync(message, over);
            _ = await stream.ReadAtLeastAsync(new byte[Wire.AnswerBytes], Wire.AnswerBytes, throwOnEndOfStream: false, over);
        }
    }

    /// <summary>Holds them for a time, then closes them.</summary>
    /// <returns>Bytes that were handed to TLS.</returns>
    private static async Task<long> RunAsync(IPEndPoint server, int count, TimeSpan rest)
    {
        byte[] bytes = Wire.UnfinishedMessage();
        using var over = new CancellationTokenSource(rest);
        using var handshakes = new SemaphoreSlim(HandshakesAtOnce);
        long[] taken = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => HoldAsync(server, bytes, handshakes, over.Token)));
        return taken.Sum();
    }

    private static async Task<long> HoldAsync(IPEndPoint server, byte[] bytes, SemaphoreSlim handshakes, CancellationToken over)
    {
        const int Piece = 16 * 1024;
        long sent = 0;
        try
        {
            await handshakes.WaitAsync(over);
            Stream? connected;
            try
            {
                connected = await ConnectAsync(server, Wire.From(Network, 1), over);
            }
            finally
            {
                handshakes.Release();
            }

            await using Stream? stream = connected;
            for (; stream is not null && sent < bytes.Length; sent += Math.Min(Piece, bytes.Length - sent))
            {
                await stream.WriteAsync(bytes.AsMemory((int)sent, (int)Math.Min(Piece, bytes.Length - sent)), over);
            }

            await (stream?.ReadAsync(new byte[Wire.AnswerBytes], over) ?? ValueTask.FromResult(0));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The server had enough, or the time is over.
        }

        return sent;
    }

    private static async Task<Stream?> ConnectAsync(IPEndPoint server, IPAddress from, CancellationToken over)
    {
        Socket? socket = await Wire.TryConnectAsync(server, from, over);
        if (socket is null)
        {
            return null;
        }

        try
        {
            return await TlsHandshakes.ShakeAsync(socket, over);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return null;
        }
    }
}
