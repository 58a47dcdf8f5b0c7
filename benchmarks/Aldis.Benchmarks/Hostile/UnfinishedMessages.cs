using System.Net;
using System.Net.Sockets;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Connections of one address that each send all of the longest message but its last byte, and rest.</summary>
internal static class UnfinishedMessages
{
    public const int Connections = 1000;

    // Still more than the heap of a short form.
    private const int FewConnections = 200;
    private const int Network = 2;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(8);

    public static Attack Attack { get; } = new(
        "unfinished-messages",
        "1,000 connections of one address hold 1 MiB each, less a byte: honest clients are answered, and memory comes back",
        (ground, verdict) => MemoryAttack.RunAsync(
            ground,
            verdict,
            new ServerSetup("messages=tcp://127.0.0.1:0"),
            server => RunAsync(server.At("messages/tcp"), ground.Scale(Connections, FewConnections), ground.Scale(Rest, Rest / 4))));

    /// <summary>Holds them for a time, then closes them.</summary>
    /// <returns>Bytes that the server took.</returns>
    public static async Task<long> RunAsync(IPEndPoint server, int count, TimeSpan rest)
    {
        byte[] bytes = Wire.UnfinishedMessage();
        using var over = new CancellationTokenSource(rest);
        long[] taken = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => HoldAsync(server, bytes, over.Token)));
        return taken.Sum();
    }

    private static async Task<long> HoldAsync(IPEndPoint server, byte[] bytes, CancellationToken over)
    {
        long sent = 0;
        try
        {
            using Socket socket = await Wire.ConnectAsync(server, Wire.From(Network, 1), over);
            while (sent < bytes.Length)
            {
                sent += await socket.SendAsync(bytes.AsMemory((int)sent), over);
            }

            await socket.ReceiveAsync(new byte[Wire.AnswerBytes], over);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The server had enough, or the time is over.
        }

        return sent;
    }
}
