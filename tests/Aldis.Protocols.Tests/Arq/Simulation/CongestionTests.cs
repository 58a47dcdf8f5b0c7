using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>The congestion controllers on simulated links.</summary>
public sealed class CongestionTests(ITestOutputHelper output)
{
    private const double Seconds = 30;
    private const double Omitted = 2;
    private const double LargestOwnLoss = 0.05;
    private const int SeedsByDefault = 3;

    private static int Seeds =>
        int.TryParse(Environment.GetEnvironmentVariable("ALDIS_CONGESTION_SEEDS"), out int seeds) ? seeds : SeedsByDefault;

    [Theory]
    [InlineData(100, 40, 0.01, 94)]
    [InlineData(100, 100, 0.05, 89)]
    [InlineData(200, 10, 0.10, 168)]
    public void Lossy_fills_a_link_that_loses_by_itself(int megabits, int roundTripMs, double loss, double barMegabits)
    {
        LinkOptions link = Link(megabits, roundTripMs, 0.1) with { Loss = loss };
        List<string> below = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            (double goodput, double ownLoss) = GoodputRun.OfTime(
                Options(CongestionProfile.Lossy), link, link, Omitted, Seconds, (ulong)(roundTripMs + seed));
            string line = $"{megabits} Mbit/s, {roundTripMs} ms, {loss:P0}, seed {seed}: {goodput / 1e6:F2} Mbit/s, own loss {ownLoss:P2}";
            output.WriteLine(line);
            if (goodput < barMegabits * 1e6 || ownLoss > LargestOwnLoss)
            {
                below.Add(line);
            }
        }

        Assert.True(below.Count == 0, string.Join('\n', below));
    }

    /// <summary>With a first window of ten packets it is 33.3 MB.</summary>
    [Fact]
    public void Lossy_finds_the_rate_of_a_long_path_within_seven_round_trips()
    {
        const double FirstSeconds = 4;
        const double LostSeconds = 0.8;
        const ulong SeedsOfStart = 4;
        LinkOptions link = Link(100, 100, 0.1) with { Loss = 0.05 };
        double bits = 0;
        for (ulong seed = 0; seed < SeedsOfStart; seed++)
        {
            (double goodput, _) = GoodputRun.OfTime(Options(CongestionProfile.Lossy), link, link, 0, FirstSeconds, seed);
            bits += goodput * FirstSeconds / SeedsOfStart;
        }

        output.WriteLine($"{bits / 8e6:F1} MB");
        Assert.True(bits >= 90e6 * (FirstSeconds - LostSeconds), $"{bits / 8e6:F1} MB");
    }

    /// <summary>Both machines and the link pause ten times a second each for 0.5 to 25 ms, as where a host shares its processors among
    /// virtual machines.</summary>
    [Fact]
    public void Lossy_fills_a_link_although_the_machines_pause()
    {
        LinkOptions link = Link(100, 40, 1) with { Loss = 0.01 };
        for (ulong seed = 0; seed < 2; seed++)
        {
            (double goodput, _) = GoodputRun.OfTime(
                Options(CongestionProfile.Lossy), link, link, Omitted, Seconds, seed, pausesPerSecond: 10);
            output.WriteLine($"{goodput / 1e6:F2} Mbit/s");
            Assert.True(goodput >= 94e6, $"{goodput / 1e6:F2} Mbit/s");
        }
    }

    [Fact]
    public void Credit_does_not_limit_a_long_path_whose_reader_takes_everything_at_once()
    {
        LinkOptions link = Link(300, 200, 0.5) with { Loss = 0.001 };
        (double goodput, _) = GoodputRun.OfTime(Options(CongestionProfile.Lossy), link, link, Omitted, 10, 200);
        output.WriteLine($"{goodput / 1e6:F1} Mbit/s");
        Assert.True(goodput >= 260e6, $"{goodput / 1e6:F2} Mbit/s");
    }

    [Fact]
    public void Two_internet_flows_share_a_bottleneck()
    {
        LinkOptions link = Link(20, 40, 1);
        double[] goodputs = GoodputRun.OfSharing(Options(CongestionProfile.Internet), link, link, 2, 20, 80);
        output.WriteLine(string.Join(" and ", goodputs.Select(g => $"{g / 1e6:F2} Mbit/s")));
        Assert.All(goodputs, goodput => Assert.True(goodput >= 0.4 * 20e6, $"{goodput / 1e6:F2} Mbit/s"));
    }

    [Fact]
    public void One_internet_flow_fills_a_clean_bottleneck()
    {
        LinkOptions link = Link(20, 40, 1);
        (double goodput, double ownLoss) = GoodputRun.OfTime(Options(CongestionProfile.Internet), link, link, 5, Seconds, 3);
        output.WriteLine($"{goodput / 1e6:F2} Mbit/s, own loss {ownLoss:P2}");
        Assert.True(goodput >= 0.9 * 20e6 * 1444 / 1500, $"{goodput / 1e6:F2} Mbit/s");
    }

    private static ConnectionOptions Options(CongestionProfile profile) => new()
    {
        Congestion = profile,
        PeerCongestion = profile,
        MtuProbing = false,
        SendBufferBytes = 64 << 20,
    };

    private static LinkOptions Link(int megabits, int roundTripMs, double queueInProducts) => new()
    {
        BitsPerSecond = megabits * 1_000_000L,
        DelayNanoseconds = roundTripMs * 500_000L,
        QueueBytes = (long)(megabits * 1e6 / 8 * roundTripMs / 1e3 * queueInProducts),
        OverheadBytes = 28,
    };
}
