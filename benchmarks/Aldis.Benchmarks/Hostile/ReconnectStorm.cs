using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Connections that all claim one id, as fast as they can.</summary>
internal static class ReconnectStorm
{
    private const int Workers = 32;
    private const int Network = 10;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    public static Attack Attack { get; } = new(
        "reconnect-storm",
        "connections under one id, as fast as they come: each is greeted or told that it is superseded, and none fails",
        AttackAsync);

    /// <summary>Reconnects until the time is over.</summary>
    /// <returns>How many were greeted, superseded, refused for now, and ended without a word.</returns>
    public static async Task<Counts> RunAsync(IPEndPoint server, CancellationToken over)
    {
        Counts[] counted = await Task.WhenAll(Enumerable.Range(0, Workers).Select(number => RunAsync(server, number, over)));
        return counted.Aggregate(static (one, other) => new Counts(
            one.Greeted + other.Greeted, one.Superseded + other.Superseded, one.Busy + other.Busy, one.Bare + other.Bare));
    }

    private static async Task<Counts> RunAsync(IPEndPoint server, int number, CancellationToken over)
    {
        byte[] preface = Wire.Unit("ALDIS/1 messages client=storm");
        byte[] answer = new byte[Wire.UnitBytes];
        var counts = default(Counts);
        while (!over.IsCancellationRequested)
        {
            using Socket? socket = await Wire.TryConnectAsync(server, Wire.From(Network, 1 + number), CancellationToken.None);
            if (socket is null || !await Wire.TrySendAsync(socket, preface, CancellationToken.None))
            {
                continue;
            }

            using var patience = new CancellationTokenSource(HonestClients.Patience);
            int length = await Wire.ReceiveAsync(socket, answer, patience.Token);
            string words = Encoding.ASCII.GetString(answer, 0, length);
            counts = words.StartsWith("ALDIS/1 last=", StringComparison.Ordinal) ? counts with { Greeted = counts.Greeted + 1 }
                : words.StartsWith("NAK 0 superseded", StringComparison.Ordinal) ? counts with { Superseded = counts.Superseded + 1 }
                : words.StartsWith("ALDIS/1 error=busy", StringComparison.Ordinal) ? counts with { Busy = counts.Busy + 1 }
                : counts with { Bare = counts.Bare + 1 };
        }

        return counts;
    }

    private static async Task AttackAsync(Ground ground, Verdict verdict)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ground, new ServerSetup("messages=tcp://127.0.0.1:0"));
        using var over = new CancellationTokenSource(ground.Scale(Duration, Duration / 10));
        Counts counts = await RunAsync(server.At("messages/tcp"), over.Token);
        verdict.Tell("greeted", counts.Greeted);
        verdict.Tell("superseded", counts.Superseded);
        verdict.Tell("busy", counts.Busy);
        verdict.Check("bare_ends", counts.Bare, counts.Bare == 0);
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
        long faults = server.Count("fault") + server.Count("connection-closed", "handler-failed");
        verdict.Check("faults", faults, faults == 0);
    }

    /// <summary>What became of connections.</summary>
    internal readonly record struct Counts(long Greeted, long Superseded, long Busy, long Bare);
}
