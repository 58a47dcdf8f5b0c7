namespace Aldis.Benchmarks.Hostile;

/// <summary>
/// An attack on memory: a server in a small heap lives through it, its honest clients are answered, and 30 s later it has no more than 1.2
/// times the memory of the same server after as many connections that behave well.
/// </summary>
internal static class MemoryAttack
{
    public const double MostGrowth = 1.2;
    public static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(30);

    private const int Network = 9;
    private const int AtOnce = 32;
    private const int WellBehavedBytes = 256 * 1024;
    private const int SpareDescriptors = 16;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    /// <summary>Attacks, and compares.</summary>
    /// <param name="ground">Where.</param>
    /// <param name="verdict">What held.</param>
    /// <param name="setup">The server.</param>
    /// <param name="attack">The attack; bytes that it tried to have held.</param>
    /// <param name="comparedWith">What the server is compared with; messages over tcp if left out.</param>
    /// <param name="kept">Bytes beyond that which the server keeps on purpose, asked for after the attack.</param>
    public static async Task RunAsync(
        Ground ground,
        Verdict verdict,
        ServerSetup setup,
        Func<ServerProcess, Task<long>> attack,
        WellBehaved? comparedWith = null,
        Func<long>? kept = null)
    {
        ServerSetup small = setup with { Environment = ground.SmallHeap };
        long comparison = ground.IsShort ? long.MaxValue : await CompareAsync(ground, small, comparedWith ?? WellBehaved.OverTcp);
        await using ServerProcess server = await ServerProcess.StartAsync(ground, small);
        long before = server.ResidentBytes;
        int descriptors = server.Descriptors;
        var honest = new HonestClients(server.At("messages/tcp"), count: 20);
        Task<long> attacking = attack(server);
        Task asking = AskAsync(honest, ground.Scale(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(2)), attacking);
        long highest = before;
        while (!asking.IsCompleted)
        {
            highest = Math.Max(highest, server.IsAlive ? server.ResidentBytes : 0);
            await Task.Delay(100);
        }

        verdict.Tell("attack_mib", await attacking >> 20);
        verdict.Check("alive", server.IsAlive, server.IsAlive);
        honest.Tell(verdict);
        if (!server.IsAlive)
        {
            verdict.Tell("exit", server.ExitCode);
            return;
        }

        await Task.Delay(ground.Scale(Afterwards, TimeSpan.FromSeconds(1)));
        if (!ground.IsShort)
        {
            TellMemory(verdict, before, highest, server.ResidentBytes, comparison + (kept?.Invoke() ?? 0));
        }

        int last = server.Descriptors;
        verdict.Check("descriptors", $"{descriptors}/{last}", ground.IsShort || last <= descriptors + SpareDescriptors);
        bool isServed = await HonestClients.AskOnceAsync(server.At("messages/tcp"), Wire.From(Network, 1));
        verdict.Check("served_after", isServed, isServed);
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
        verdict.Tell("refusals", server.Refusals());
    }

    /// <summary>Adds the memory of a server: before, at most, and afterwards, which is compared.</summary>
    public static void TellMemory(Verdict verdict, long before, long highest, long after, long comparison)
    {
        verdict.Tell("rss_before_mib", before >> 20);
        verdict.Tell("rss_highest_mib", highest >> 20);
        verdict.Tell("rss_compared_mib", comparison >> 20);
        verdict.Check("rss_after_mib", after >> 20, after <= MostGrowth * comparison);
    }

    /// <summary>Memory of a server after connections that each send a message of 256 KiB, whole, and go.</summary>
    public static async Task<long> CompareAsync(Ground ground, ServerSetup setup, WellBehaved behaved)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ground, setup);
        byte[] message = Wire.Message(new string('w', WellBehavedBytes));
        await Parallel.ForEachAsync(
            Enumerable.Range(0, behaved.Connections),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (_, over) => await behaved.SendAsync(server, message, over));
        await Task.Delay(Settling);
        long resident = server.ResidentBytes;
        await server.StopAsync();
        Directory.Delete(server.Data, recursive: true);
        return resident;
    }

    // As long as the attack lasts, and not less than the time.
    private static async Task AskAsync(HonestClients honest, TimeSpan time, Task attacking)
    {
        do
        {
            await honest.RunAsync(time);
        }
        while (!attacking.IsCompleted);
    }
}
