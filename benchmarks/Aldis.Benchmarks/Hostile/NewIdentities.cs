using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aldis.Benchmarks.Hostile;

/// <summary>One address that sends every message under an id that nobody had before.</summary>
internal static class NewIdentities
{
    /// <summary>How many newcomers are asked for.</summary>
    public const int Newcomers = 20;

    private const int Workers = 32;
    private const int Network = 11;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    public static Attack Attack { get; } = new(
        "new-identities",
        "one address takes ids without end: it is refused as busy and that is said, everybody else gets new ones",
        AttackAsync);

    /// <summary>Takes ids until the time is over.</summary>
    /// <returns>Ids that were taken, and refusals.</returns>
    public static async Task<(long Taken, long Refused)> RunAsync(IPEndPoint server, CancellationToken over)
    {
        long taken = 0;
        long refused = 0;
        long next = 0;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async _ =>
        {
            while (!over.IsCancellationRequested)
            {
                switch (await TakeAsync(server, Wire.From(Network, 1), $"taken-{Interlocked.Increment(ref next)}"))
                {
                    case Outcome.Taken:
                        Interlocked.Increment(ref taken);
                        break;
                    case Outcome.Refused:
                        Interlocked.Increment(ref refused);
                        break;
                    default:
                        break;
                }
            }
        }));
        return (taken, refused);
    }

    /// <summary>Counts newcomers, each from an address of its own, that were given an id.</summary>
    public static async Task<int> AskAsync(IPEndPoint server)
    {
        int welcome = 0;
        for (int number = 0; number < Newcomers; number++)
        {
            Outcome outcome = await TakeAsync(server, Wire.From(Network + 1, 1 + number), $"newcomer-{number}");
            welcome += outcome == Outcome.Taken ? 1 : 0;
        }

        return welcome;
    }

    /// <summary>Sends a message under an id, from an address.</summary>
    public static async Task<Outcome> TakeAsync(IPEndPoint server, IPAddress from, string id)
    {
        using Socket? socket = await Wire.TryConnectAsync(server, from);
        using var patience = new CancellationTokenSource(HonestClients.Patience);
        byte[] words = [.. Wire.Unit($"ALDIS/1 messages client={id}"), .. Wire.Unit("1 1"), (byte)'x', .. Wire.Unit("BYE")];
        byte[] answer = new byte[2 * Wire.UnitBytes];
        if (socket is null || !await Wire.TrySendAsync(socket, words, patience.Token))
        {
            return Outcome.Lost;
        }

        string said = Encoding.ASCII.GetString(answer, 0, await Wire.ReceiveAsync(socket, answer, patience.Token));
        return said.Contains("ACK 1 ", StringComparison.Ordinal) ? Outcome.Taken
            : said.Contains("busy", StringComparison.Ordinal) ? Outcome.Refused
            : Outcome.Lost;
    }

    private static async Task AttackAsync(Ground ground, Verdict verdict)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ground, new ServerSetup("messages=tcp://127.0.0.1:0", "--level", "stored"));
        using var over = new CancellationTokenSource(ground.Scale(Duration, Duration / 20));
        (long taken, long refused) = await RunAsync(server.At("messages/tcp"), over.Token);
        verdict.Tell("taken", taken);
        verdict.Check("refused", refused, refused > 0);
        int welcome = await AskAsync(server.At("messages/tcp"));
        verdict.Check("newcomers", $"{welcome}/{Newcomers}", welcome == Newcomers);
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
        long told = server.Count("message-refused");
        verdict.Check("told", told, told >= refused);
        verdict.Tell("refusals", server.Refusals());
    }

    /// <summary>What became of it.</summary>
    internal enum Outcome
    {
        Lost,
        Taken,
        Refused,
    }
}
