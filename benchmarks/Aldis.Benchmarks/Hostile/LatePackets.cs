using System.Net;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Every packet of a connection once more, after it has ended.</summary>
internal static class LatePackets
{
    private const int Network = 16;
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(20);

    public static Attack Attack { get; } = new(
        "late-packets",
        "the packets of a finished arq connection come again, whole and cut short: no answer is longer than what it answers",
        AttackAsync);

    /// <summary>Has a connection, then sends its packets again.</summary>
    /// <returns>Packets that were sent again, answers to them, and answers that were longer.</returns>
    public static Task<(int Sent, int Answers, int Longer)> RepeatAsync(IPEndPoint server) => Task.Factory.StartNew(
        () => Repeat(server), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static async Task AttackAsync(Ground ground, Verdict verdict)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ground, new ServerSetup("messages=arq://127.0.0.1:0"));
        (int sent, int answers, int longer) = await RepeatAsync(server.At("messages/arq"));
        verdict.Check("sent_again", sent, sent > 0);
        verdict.Tell("answers", answers);
        verdict.Check("longer_answers", longer, longer == 0);
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
    }

    private static (int Sent, int Answers, int Longer) Repeat(IPEndPoint server)
    {
        const int Shortest = 1;
        List<ReadOnlyMemory<byte>> packets = [];
        using var over = new CancellationTokenSource(HonestClients.Patience);
        using var client = new ArqClients(server, Wire.From(Network, 1), Wire.Message("late"), finish: true) { Sent = packets.Add };
        client.Run(1, over.Token);
        client.ReceiveFor(Quiet);
        int sent = 0;
        int answers = 0;
        int longer = 0;
        foreach (ReadOnlyMemory<byte> packet in packets)
        {
            foreach (int length in (int[])[packet.Length, Math.Max(Shortest, packet.Length / 2), Math.Min(packet.Length, 29)])
            {
                client.SendAgain(packet.Span[..length]);
                sent++;
                foreach (int answer in client.ReceiveFor(Quiet))
                {
                    answers++;
                    longer += answer > length ? 1 : 0;
                }
            }
        }

        return (sent, answers, longer);
    }
}
