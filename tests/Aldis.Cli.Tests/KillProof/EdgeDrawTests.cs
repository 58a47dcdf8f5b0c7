namespace Aldis.Cli.Tests.KillProof;

/// <summary>What the seeds of the edge proof stand for.</summary>
public sealed class EdgeDrawTests
{
    private const int Runs = 200;

    private static readonly EdgeScenario[] Scenarios = [.. Enumerable.Range(0, Runs).Select(EdgeDraw.Draw)];

    [Fact]
    public void A_seed_always_draws_the_same_scenario() =>
        Assert.All(Scenarios, scenario => Assert.Equal(scenario.ToString(), EdgeDraw.Draw(scenario.Seed).ToString()));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(123_456_789)]
    public void A_fifth_of_any_two_hundred_seeds_has_two_senders_under_one_id_a_fifth_a_full_disk_and_a_fifth_a_jumping_clock(int first)
    {
        EdgeScenario[] scenarios = [.. Enumerable.Range(first, Runs).Select(EdgeDraw.Draw)];
        Assert.Equal(Runs / 5, scenarios.Count(scenario => scenario.HasSharedId));
        Assert.Equal(Runs / 5, scenarios.Count(scenario => scenario.Disk != DiskEdge.None));
        Assert.Equal(Runs / 5, scenarios.Count(scenario => scenario.Clock != ClockEdge.None));
    }

    [Fact]
    public void Every_edge_is_among_two_hundred_seeds()
    {
        Assert.Equal(Enum.GetValues<DiskEdge>(), Scenarios.Select(scenario => scenario.Disk).Distinct().Order());
        Assert.Equal(Enum.GetValues<ClockEdge>(), Scenarios.Select(scenario => scenario.Clock).Distinct().Order());
        Assert.Equal(Enum.GetValues<EdgeTransport>(), Scenarios.Select(scenario => scenario.Transport).Distinct().Order());
        Assert.Equal(
            [OutageKind.Stopped, OutageKind.Killed, OutageKind.Frozen, OutageKind.Wedged, OutageKind.Full],
            Scenarios.SelectMany(scenario => scenario.Steps).Select(step => step.Kind).Distinct().Order());
        RoundPlan[] rounds = [.. Scenarios.SelectMany(scenario => scenario.Senders).SelectMany(sender => sender.Rounds)];
        Assert.Equal(Enum.GetValues<FeedKind>(), rounds.Select(round => round.Feed).Distinct().Order());
        Assert.Equal([null, "INT", "KILL", "TERM"], rounds.Select(round => round.Signal).Distinct().Order());
        Assert.Contains(rounds, round => round.Feed == FeedKind.Pause && round.Gap > TimeSpan.FromSeconds(2));
        Assert.Contains(Scenarios, scenario => scenario.Absence > TimeSpan.Zero);
        Assert.Contains(Scenarios, scenario => scenario.HasSharedId && scenario.Disk != DiskEdge.None);
        Assert.Contains(Scenarios, scenario => scenario.HasSharedId && scenario.Clock != ClockEdge.None);
    }

    [Fact]
    public void A_line_says_which_it_is_and_has_no_newline()
    {
        SenderPlan plan = Scenarios.SelectMany(scenario => scenario.Senders).First(sender => sender.Form == SenderForm.Fresh);
        for (int line = 1; line <= 200; line++)
        {
            byte[] bytes = plan.Line(1, line);
            Assert.DoesNotContain((byte)'\n', bytes);
            Assert.True(EdgeLine.TryRead(bytes, out string sender, out int round, out int number));
            Assert.Equal((plan.Name, 1, line), (sender, round, number));
        }
    }
}
