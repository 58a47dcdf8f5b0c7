using System.Globalization;
using System.Security.Cryptography;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// The promises at the edges: outages, restarts, kills, two senders under one id, full disks, clocks that jump and pauses, as a seed draws
/// them; <c>benchmarks/kill.sh edges</c> runs many.
/// </summary>
public sealed class EdgeProofTests
{
    private const int DefaultRuns = 4;
    private const int DefaultSeed = 25;
    private const int RunsAtOnce = 2;

    [Fact]
    public async Task At_the_edges_what_is_acknowledged_is_stored_nothing_hangs_and_every_exit_code_is_explained()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the signals, limits and addresses of this proof are those of Linux");
        int? wanted = Setting("ALDIS_EDGES");
        int runs = wanted ?? DefaultRuns;
        int seed = Setting("ALDIS_SEED") ?? (wanted is null ? DefaultSeed : RandomNumberGenerator.GetInt32(int.MaxValue / 2));
        var output = new EdgeOutput();
        await Parallel.ForEachAsync(
            Enumerable.Range(seed, runs),
            new ParallelOptions { MaxDegreeOfParallelism = RunsAtOnce, CancellationToken = TestContext.Current.CancellationToken },
            async (one, _) => await RunAsync(one, output));
        TestContext.Current.TestOutputHelper!.WriteLine(output.Summary(seed));
        Assert.True(output.Holds, output.ToString());
    }

    private static async Task RunAsync(int seed, EdgeOutput output)
    {
        EdgeScenario scenario = EdgeRun.Permitted(EdgeDraw.Draw(seed));
        try
        {
            await using var run = new EdgeRun(scenario);
            EdgeHistory history = await run.RunAsync();
            output.Add(history, EdgeOracle.Judge(history));
        }
        catch (InvalidOperationException exception) when (exception is not ObjectDisposedException)
        {
            // The server did not start: what else was seen counts for nothing then.
            var nothing = new EdgeHistory { Scenario = scenario, Outages = [], Senders = [], Journal = [] };
            output.Add(nothing, [new EdgeFault("server", exception.Message)]);
        }
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
