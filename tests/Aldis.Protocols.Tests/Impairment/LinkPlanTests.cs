using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Tests.Impairment;

public sealed class LinkPlanTests
{
    [Fact]
    public void A_layer_falls_upon_its_share_of_the_clients_and_always_upon_the_same()
    {
        var plan = new LinkPlan(5);
        plan.SetLayers(LinkDirection.ToClient, [new LinkLayer("late", new LinkFaults { Delay = TimeSpan.FromSeconds(1) }, Share: 0.25)]);
        long[] hit = [.. HitOf(plan)];
        Assert.InRange(hit.Length, 2_350, 2_650);
        Assert.Equal(hit, HitOf(plan));
        Assert.Equal(LinkFaults.None, plan.FaultsOf(LinkDirection.ToTarget, hit[0]));

        var other = new LinkPlan(6);
        other.SetLayers(LinkDirection.ToClient, plan.LayersOf(LinkDirection.ToClient));
        Assert.NotEqual(hit, HitOf(other));

        static IEnumerable<long> HitOf(LinkPlan plan) => Enumerable.Range(1, 10_000).Select(static client => (long)client)
            .Where(client => plan.FaultsOf(LinkDirection.ToClient, client).Delay > TimeSpan.Zero);
    }

    [Fact]
    public void Layers_lie_behind_one_another()
    {
        var plan = new LinkPlan(5);
        plan.SetLayers(
            LinkDirection.ToTarget,
            [
                new LinkLayer("a", new LinkFaults { Loss = 0.5, Delay = TimeSpan.FromMilliseconds(3), BitsPerSecond = 100 }),
                new LinkLayer("b", new LinkFaults { Loss = 0.5, Delay = TimeSpan.FromMilliseconds(4), BitsPerSecond = 50 }),
                new LinkLayer("c", new LinkFaults { QueueBytes = 9, Breaks = [new StreamBreak(StreamBreakKind.Reset)] }),
            ]);
        LinkFaults faults = plan.FaultsOf(LinkDirection.ToTarget, 1);
        Assert.Equal((0.75, TimeSpan.FromMilliseconds(7), 50, 9), (faults.Loss, faults.Delay, faults.BitsPerSecond, faults.QueueBytes));
        Assert.Single(faults.Breaks);
    }

    [Fact]
    public void A_pulled_cable_is_a_fault_of_both_directions_beside_the_layers()
    {
        var plan = new LinkPlan(5) { IsCut = true };
        Assert.True(plan.FaultsOf(LinkDirection.ToTarget, 1).IsCut && plan.FaultsOf(LinkDirection.ToClient, 1).IsCut);
        plan.IsCut = false;
        Assert.Equal(LinkFaults.None, plan.FaultsOf(LinkDirection.ToTarget, 1));
    }

    [Fact]
    public void Faults_no_link_can_have_are_refused()
    {
        Assert.All(
            new LinkFaults[]
            {
                new() { Loss = 1.01 }, new() { Corrupt = double.NaN }, new() { Delay = TimeSpan.FromTicks(-1) },
                new() { BitsPerSecond = -1 }, new() { Jitter = TimeSpan.FromDays(2) }, new() { SliceBytes = 5, SliceVariationBytes = 5 },
                new() { Reorder = 0.1, ReorderDelay = TimeSpan.Zero }, new() { Truncate = -1 },
                new() { Breaks = [new StreamBreak((StreamBreakKind)9)] },
                new() { Breaks = [new StreamBreak(StreamBreakKind.Stall) { AfterBytes = -1 }] },
            },
            static faults => Assert.Throws<ArgumentOutOfRangeException>(faults.Validate));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new LinkPlan(1).SetLayers(LinkDirection.ToClient, [new LinkLayer("x", LinkFaults.None, Share: 2)]));
    }
}
