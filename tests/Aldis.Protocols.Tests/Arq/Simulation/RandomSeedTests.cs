using System.Globalization;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>
/// Thousands of short transfers with everything drawn from a seed. ALDIS_SIMULATION_SEEDS sets how many, ALDIS_SIMULATION_FIRST_SEED
/// where they begin: one seed alone repeats a failure.
/// </summary>
public sealed class RandomSeedTests(ITestOutputHelper output)
{
    private const ulong SeedsByDefault = 2400;

    [Fact]
    public void Every_seed_keeps_every_property() => RunAll(SeedsByDefault, Scenario.FromSeed);

    [Fact]
    public void Every_seed_keeps_every_property_with_a_timer_for_each_frame() =>
        RunAll(SeedsByDefault / 4, Scenario.WithFrameTimersFromSeed);

    [Fact]
    public void One_seed_has_one_trace()
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            ulong hash = new ScenarioRunner(Scenario.FromSeed(seed)).Run().TraceHash;
            Assert.Equal(hash, new ScenarioRunner(Scenario.FromSeed(seed)).Run().TraceHash);
        }
    }

    [Fact]
    public void Different_seeds_have_different_traces()
    {
        IEnumerable<ulong> hashes = Enumerable.Range(0, 30)
            .Select(seed => new ScenarioRunner(Scenario.FromSeed((ulong)seed)).Run().TraceHash);
        Assert.Equal(30, hashes.Distinct().Count());
    }

    private void RunAll(ulong seedsByDefault, Func<ulong, Scenario> scenarioOf)
    {
        ulong first = FromEnvironment("ALDIS_SIMULATION_FIRST_SEED", 0);
        ulong count = FromEnvironment("ALDIS_SIMULATION_SEEDS", seedsByDefault);
        long steps = 0;
        long events = 0;
        long closed = 0;
        var failures = new System.Collections.Concurrent.ConcurrentQueue<(ulong Seed, PropertyViolationException Violation)>();
        Parallel.For(
            (long)first,
            (long)(first + count),
            new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken },
            seed =>
            {
                try
                {
                    RunResult result = new ScenarioRunner(scenarioOf((ulong)seed)).Run();
                    Interlocked.Add(ref steps, result.Steps);
                    Interlocked.Add(ref events, result.TraceEvents);
                    Interlocked.Add(ref closed, result.AllClosed ? 1 : 0);
                }
                catch (PropertyViolationException violation)
                {
                    failures.Enqueue(((ulong)seed, violation));
                }
            });
        output.WriteLine($"{count} seeds, {closed} closed in order at both ends, {steps} steps, {events} trace events");
        if (!failures.IsEmpty)
        {
            foreach (var group in failures.GroupBy(failure => failure.Violation.Property))
            {
                output.WriteLine($"{group.Key}: seeds {string.Join(' ', group.Select(f => f.Seed).Order().Take(20))}");
            }

            (ulong _, PropertyViolationException smallest) = failures.MinBy(f => f.Seed);
            Assert.Fail($"{failures.Count} of {count} seeds failed; the first:\n{smallest.Message}");
        }
    }

    private static ulong FromEnvironment(string name, ulong otherwise) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out ulong value) ? value : otherwise;
}
