using Aldis.Protocols.Impairment;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Impairment;

public sealed class ImpairedLinkTests
{
    private const int Trials = 100_000;

    [Fact]
    public void The_default_link_delivers_every_datagram_at_once_and_whole()
    {
        LinkDecision decision = new ImpairedLink(new LinkOptions(), 1).Decide(100, 42);
        Assert.Equal(new LinkDecision { Copies = 1, First = new LinkCopy { ArrivalNanoseconds = 42 } }, decision);
    }

    [Fact]
    public void The_same_seed_gives_the_same_decisions()
    {
        Assert.Equal(HashOf(5), HashOf(5));
        Assert.NotEqual(HashOf(5), HashOf(6));
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Independent_loss_is_as_frequent_as_configured(double loss)
    {
        var link = new ImpairedLink(new LinkOptions { Loss = loss }, 11);
        int lost = CountOf(link, d => d.Drop == LinkFault.RandomLoss);
        AssertShare(loss, lost);
        Assert.Equal(lost, link.LostAtRandom);
    }

    [Fact]
    public void Bursts_have_the_configured_mean_loss_and_length()
    {
        var link = new ImpairedLink(new LinkOptions { BurstLoss = GilbertElliottLoss.Bursts(0.1, 4) }, 12);
        int lost = 0;
        int bursts = 0;
        bool previous = false;
        for (int i = 0; i < Trials; i++)
        {
            bool now = link.Decide(100, i).Copies == 0;
            lost += now ? 1 : 0;
            bursts += now && !previous ? 1 : 0;
            previous = now;
        }

        Assert.InRange(lost / (double)Trials, 0.09, 0.11);
        Assert.InRange(lost / (double)bursts, 3.7, 4.3);
    }

    [Fact]
    public void Duplicates_reordering_and_damage_are_as_frequent_as_configured()
    {
        var options = new LinkOptions { Duplicate = 0.05, Reorder = 0.1, ReorderDelayNanoseconds = 1000, BitFlip = 0.02, Truncate = 0.03 };
        AssertShare(0.05, CountOf(new ImpairedLink(options, 13), d => d.Copies == 2));
        AssertShare(0.02, CountOf(new ImpairedLink(options, 13), d => d.First.Damage == LinkFault.BitFlip));
        AssertShare(0.98 * 0.03, CountOf(new ImpairedLink(options, 13), d => d.First.Damage == LinkFault.Truncation));
        var link = new ImpairedLink(options, 13);
        int late = Enumerable.Range(0, Trials).Count(i => link.Decide(100, i * 10_000L).First.ArrivalNanoseconds > i * 10_000L);
        AssertShare(0.1, late);
    }

    [Fact]
    public void Switching_one_fault_on_leaves_the_others_where_they_were()
    {
        int[] alone = LostOf(new LinkOptions { Loss = 0.2 });
        int[] among = LostOf(new LinkOptions { Loss = 0.2, Duplicate = 0.3, BitFlip = 0.3, JitterNanoseconds = 5 });
        Assert.Equal(alone, among);
    }

    [Fact]
    public void The_rate_is_exact_over_many_datagrams()
    {
        // A prime-like rate leaves a fraction of a nanosecond behind each datagram, which must not be lost.
        var link = new ImpairedLink(new LinkOptions { BitsPerSecond = 6_999_997 }, 1);
        long last = 0;
        for (int i = 0; i < 10_000; i++)
        {
            last = link.Decide(1001, 0).First.ArrivalNanoseconds;
        }

        Assert.Equal((long)((UInt128)10_000 * 1001 * 8_000_000_000 / 6_999_997), last);
    }

    [Fact]
    public void Overhead_uses_the_link_and_idle_time_is_not_saved_up()
    {
        var link = new ImpairedLink(new LinkOptions { BitsPerSecond = 8_000_000, OverheadBytes = 28, DelayNanoseconds = 500 }, 1);
        Assert.Equal(100_500, link.Decide(72, 0).First.ArrivalNanoseconds);
        Assert.Equal(1_100_500, link.Decide(72, 1_000_000).First.ArrivalNanoseconds);
    }

    [Fact]
    public void A_full_queue_drops_the_tail_and_counts_exactly()
    {
        var link = new ImpairedLink(new LinkOptions { BitsPerSecond = 8_000_000, QueueBytes = 300 }, 1);
        Assert.Equal(LinkFault.None, link.Decide(100, 0).Drop);
        Assert.Equal(LinkFault.None, link.Decide(100, 0).Drop);
        Assert.Equal(LinkFault.None, link.Decide(100, 0).Drop);
        Assert.Equal(300, link.Backlog(0));
        Assert.Equal(LinkFault.QueueFull, link.Decide(1, 0).Drop);
        Assert.Equal(1, link.Backlog(299_000));
        Assert.Equal(200, link.Backlog(100_000));
        Assert.Equal(LinkFault.None, link.Decide(100, 100_000).Drop);
        Assert.Equal(1, link.DroppedAtQueue);
    }

    [Fact]
    public void An_idle_link_takes_a_datagram_larger_than_its_queue()
    {
        var link = new ImpairedLink(new LinkOptions { BitsPerSecond = 8_000_000, QueueBytes = 50 }, 1);
        Assert.Equal(1, link.Decide(100, 0).Copies);
        Assert.Equal(0, link.Decide(100, 0).Copies);
    }

    [Fact]
    public void Jitter_delays_but_never_reorders()
    {
        var link = new ImpairedLink(new LinkOptions { DelayNanoseconds = 1000, JitterNanoseconds = 500 }, 9);
        long previous = 0;
        for (int i = 0; i < 10_000; i++)
        {
            long arrival = link.Decide(10, i * 10).First.ArrivalNanoseconds;
            Assert.InRange(arrival, Math.Max(previous, (i * 10) + 1000), (i * 10) + 1500);
            previous = arrival;
        }
    }

    [Fact]
    public void A_datagram_held_back_is_overtaken()
    {
        var link = new ImpairedLink(new LinkOptions { Reorder = 0.5, ReorderDelayNanoseconds = 100 }, 9);
        long[] arrivals = [.. Enumerable.Range(0, 1000).Select(i => link.Decide(10, i).First.ArrivalNanoseconds)];
        Assert.Contains(true, arrivals.Zip(arrivals.Skip(1), (a, b) => b < a));
    }

    [Fact]
    public void A_blackhole_swallows_from_its_start_until_before_its_end()
    {
        var link = new ImpairedLink(new LinkOptions { Blackholes = [new(100, 200)], BitsPerSecond = 1000 }, 1);
        Assert.Equal(LinkFault.Blackhole, link.Decide(10, 100).Drop);
        Assert.Equal(LinkFault.Blackhole, link.Decide(10, 199).Drop);
        Assert.Equal(0, link.Backlog(199));
        Assert.Equal(LinkFault.None, link.Decide(10, 200).Drop);
    }

    [Fact]
    public void A_script_drops_the_datagrams_it_names()
    {
        var link = new ImpairedLink(new LinkOptions { DroppedDatagrams = new HashSet<long> { 1, 3 } }, 1);
        Assert.Equal([1, 0, 1, 0, 1], Enumerable.Range(0, 5).Select(i => link.Decide(10, i).Copies));
    }

    [Fact]
    public void A_datagram_longer_than_the_link_carries_is_dropped()
    {
        var link = new ImpairedLink(new LinkOptions { MaximumDatagramBytes = 100 }, 1);
        Assert.Equal(LinkFault.None, link.Decide(100, 0).Drop);
        Assert.Equal(LinkFault.TooLong, link.Decide(101, 0).Drop);
    }

    [Fact]
    public void Damage_always_changes_the_datagram_and_is_repeatable()
    {
        var link = new ImpairedLink(new LinkOptions { BitFlip = 0.5, Truncate = 1 }, 3);
        for (int i = 0; i < 2000; i++)
        {
            LinkCopy copy = link.Decide(64, i).First;
            var original = new byte[64];
            var once = new byte[64];
            var twice = new byte[64];
            int length = copy.ApplyTo(once);
            Assert.Equal(length, copy.ApplyTo(twice));
            Assert.Equal(once, twice);
            Assert.True(length < 64 || !once.AsSpan().SequenceEqual(original));
        }
    }

    [Fact]
    public void A_fault_that_happens_is_in_the_trace_with_its_cause()
    {
        var ring = new TraceRing();
        var link = new ImpairedLink(
            new LinkOptions { Loss = 1 }, 1, new Tracer(ring, TraceSide.LinkToServer, 0));
        link.Decide(10, 5);
        TraceEvent dropped = Assert.Single(ring.ToArray());
        Assert.Equal((TraceEventKind.LinkDropped, TraceCause.RandomLoss, 5L), (dropped.Kind, dropped.Cause, dropped.TimeNanoseconds));
    }

    [Fact]
    public void Options_no_link_can_have_are_refused()
    {
        Assert.All(
            new LinkOptions[]
            {
                new() { Loss = 1.01 }, new() { Loss = double.NaN }, new() { Duplicate = -0.1 }, new() { BitsPerSecond = -1 },
                new() { DelayNanoseconds = -1 }, new() { Reorder = 0.1 }, new() { QueueBytes = -1 }, new() { OverheadBytes = -1 },
                new() { Blackholes = [new(5, 5)] }, new() { BurstLoss = new() { GoodToBad = 0, BadToGood = 0.5 } },
                new() { BurstLoss = new() { GoodToBad = 0.1, BadToGood = 1.5 } }, new() { MaximumDatagramBytes = -1 },
            },
            options => Assert.Throws<ArgumentOutOfRangeException>(options.Validate));
        Assert.Throws<ArgumentOutOfRangeException>(() => GilbertElliottLoss.Bursts(0.9, 1));
    }

    private static void AssertShare(double probability, int count)
    {
        double sigma = Math.Sqrt(probability * (1 - probability) / Trials);
        Assert.InRange(count / (double)Trials, probability - (5 * sigma), probability + (5 * sigma));
    }

    private static int CountOf(ImpairedLink link, Func<LinkDecision, bool> predicate) =>
        Enumerable.Range(0, Trials).Count(i => predicate(link.Decide(100, i)));

    private static int[] LostOf(LinkOptions options)
    {
        var link = new ImpairedLink(options, 21);
        return [.. Enumerable.Range(0, 5000).Where(i => link.Decide(100, i).Copies == 0)];
    }

    private static ulong HashOf(ulong seed)
    {
        var hash = new TraceHash();
        var options = new LinkOptions
        {
            BitsPerSecond = 10_000_000,
            QueueBytes = 20_000,
            JitterNanoseconds = 1000,
            Loss = 0.1,
            Duplicate = 0.1,
            Reorder = 0.1,
            ReorderDelayNanoseconds = 10_000,
            BitFlip = 0.1,
            Truncate = 0.1,
            BurstLoss = GilbertElliottLoss.Bursts(0.1, 3),
        };
        var link = new ImpairedLink(options, seed, new Tracer(hash, TraceSide.LinkToServer, 0));
        for (int i = 0; i < 5000; i++)
        {
            link.Decide(1000, i * 700_000L);
        }

        return hash.Value;
    }
}
