using Aldis.Protocols.Impairment;
using Aldis.Protocols.Scenarios;

namespace Aldis.Protocols.Tests.Scenarios;

/// <summary>What a link does, as people are told.</summary>
public sealed class LinkFaultsTextTests
{
    [Fact]
    public void Each_fault_has_its_words_and_none_is_nothing()
    {
        var all = new LinkFaults
        {
            IsCut = true,
            IsRefusing = true,
            Loss = 0.1,
            BurstLoss = GilbertElliottLoss.Bursts(0.02, 5),
            Delay = TimeSpan.FromMilliseconds(50),
            Jitter = TimeSpan.FromMilliseconds(5),
            JitterDistribution = JitterDistribution.Normal,
            BitsPerSecond = 1_000_000,
            QueueBytes = 65_536,
            MaximumDatagramBytes = 1400,
            Corrupt = 0.01,
            Truncate = 0.02,
            Duplicate = 0.03,
            Reorder = 0.04,
            OpenDelay = TimeSpan.FromSeconds(1),
            CloseDelay = TimeSpan.FromSeconds(2),
            SliceBytes = 10,
            Breaks =
            [
                new StreamBreak(StreamBreakKind.Reset) { AfterBytes = 2048 },
                new StreamBreak(StreamBreakKind.Stall) { After = TimeSpan.FromSeconds(3) },
            ],
        };
        Assert.Equal(
            "cut, refuses, loss 10 %, bursts 2 %, delay 50.0 ms, jitter 5.0 ms normal, rate 1 Mbit/s, queue 64.0 KiB, mtu 1.4 KiB, corrupt 1 %, "
                + "truncate 2 %, duplicate 3 %, reorder 4 %, opens after 1.00 s, closes after 2.00 s, slices of 10 B, reset after 2.0 KiB, stall after 3.00 s",
            LinkFaultsText.Of(all));
        Assert.Equal("nothing", LinkFaultsText.Of(LinkFaults.None));
        Assert.Equal("jitter 5.0 ms", LinkFaultsText.Of(new LinkFaults { Jitter = TimeSpan.FromMilliseconds(5) }));
    }

    [Fact]
    public void Two_directions_that_are_alike_are_told_once()
    {
        var loss = new LinkFaults { Loss = 0.5 };
        Assert.Equal("loss 50 %", LinkFaultsText.Of(loss, loss));
        Assert.Equal("to target loss 50 %; to client nothing", LinkFaultsText.Of(loss, LinkFaults.None));
    }
}
