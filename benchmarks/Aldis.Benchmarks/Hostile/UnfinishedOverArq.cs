using System.Net;

namespace Aldis.Benchmarks.Hostile;

/// <summary>The same as <see cref="UnfinishedMessages"/> over <c>arq://</c>, from addresses that each stay within their share.</summary>
internal static class UnfinishedOverArq
{
    private const int Addresses = 8;
    private const int PerAddress = 80;
    private const int Network = 8;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(12);

    public static Attack Attack { get; } = new(
        "unfinished-over-arq",
        "640 arq connections of 8 addresses hold 1 MiB each, less a byte: a new one is answered, and memory comes back",
        AttackAsync);

    /// <summary>Holds them for a time, then resets them.</summary>
    /// <returns>Bytes that were handed to the engines.</returns>
    public static async Task<long> RunAsync(IPEndPoint server, TimeSpan rest)
    {
        byte[] bytes = Wire.UnfinishedMessage();
        using var over = new CancellationTokenSource(rest);
        long[] taken = await Task.WhenAll(Enumerable.Range(1, Addresses).Select(number => Task.Factory.StartNew(
            () =>
            {
                using var clients = new ArqClients(server, Wire.From(Network, number), bytes, finish: false);
                clients.Run(PerAddress, over.Token);
                return clients.BytesWritten;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        return taken.Sum();
    }

    /// <summary>Sends one message over a connection of its own.</summary>
    /// <returns>Whether it was answered.</returns>
    public static Task<bool> AskOnceAsync(IPEndPoint server, IPAddress from) => Task.Factory.StartNew(
        () =>
        {
            using var over = new CancellationTokenSource(HonestClients.Patience);
            using var client = new ArqClients(server, from, Wire.Message("honest"), finish: true);
            client.Run(1, over.Token);
            return client.BytesRead == Wire.AnswerBytes;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static Task AttackAsync(Ground ground, Verdict verdict) => MemoryAttack.RunAsync(
        ground,
        verdict,
        new ServerSetup("messages=arq://127.0.0.1:0", "messages=tcp://127.0.0.1:0"),
        async server =>
        {
            Task<long> attack = RunAsync(server.At("messages/arq"), ground.Scale(Rest, Rest / 3));
            int answered = 0;
            int asked = 0;
            for (; !attack.IsCompleted; asked++)
            {
                answered += await AskOnceAsync(server.At("messages/arq"), Wire.From(Network + 1, 1 + asked)) ? 1 : 0;
                await Task.Delay(500);
            }

            verdict.Check("arq_answered", $"{answered}/{asked}", answered >= asked * 0.9);
            return await attack;
        });
}
