using Aldis.Protocols.Impairment;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Impairment;

public sealed class JitterDrawTests
{
    private const int Trials = 200_000;
    private const long Delay = 50_000_000;
    private const long Jitter = 10_000_000;

    [Fact]
    public void Without_a_jitter_nothing_is_drawn()
    {
        var random = new SeededRandom(1);
        Assert.Equal(0, JitterDraw.Next(random, Delay, 0, JitterDistribution.Normal));
        Assert.Equal(new SeededRandom(1).NextUInt64(), random.NextUInt64());
    }

    [Fact]
    public void A_normal_jitter_has_its_standard_deviation_around_the_delay()
    {
        (double mean, double deviation, double[] draws) = Draw(JitterDistribution.Normal);
        Assert.InRange(mean, -0.02 * Jitter, 0.02 * Jitter);
        Assert.InRange(deviation, 0.98 * Jitter, 1.02 * Jitter);
        Assert.InRange(draws.Count(static draw => Math.Abs(draw) < Jitter) / (double)Trials, 0.67, 0.70);
    }

    [Fact]
    public void A_normal_jitter_larger_than_the_delay_never_takes_more_than_it()
    {
        var random = new SeededRandom(3);
        Assert.All(
            Enumerable.Range(0, 1_000).Select(_ => JitterDraw.Next(random, 1_000, Jitter, JitterDistribution.Normal)),
            static draw => Assert.True(draw >= -1_000, "Something arrives before it was sent."));
    }

    [Fact]
    public void A_pareto_jitter_has_its_mean_and_a_long_tail()
    {
        (double mean, _, double[] draws) = Draw(JitterDistribution.Pareto);
        Assert.InRange(mean, 0.98 * Jitter, 1.02 * Jitter);

        // P(X > 8 J) = (1 + 8/2)^-3.
        Assert.InRange(draws.Count(static draw => draw > 8 * Jitter) / (double)Trials, 0.0075, 0.0085);
        Assert.InRange(draws.Min(), 0, Jitter);
        Assert.InRange(draws.Max(), 20 * Jitter, 100 * Jitter);
    }

    [Fact]
    public void An_even_jitter_lies_between_nothing_and_itself()
    {
        (double mean, _, double[] draws) = Draw(JitterDistribution.Even);
        Assert.InRange(mean, 0.49 * Jitter, 0.51 * Jitter);
        Assert.All(draws, static draw => Assert.InRange(draw, 0, Jitter));
    }

    [Theory]
    [InlineData(JitterDistribution.Even, 7_029_219)]
    [InlineData(JitterDistribution.Normal, 7_904_258)]
    [InlineData(JitterDistribution.Pareto, 8_452_665)]
    public void A_seed_draws_the_same_on_every_machine(JitterDistribution distribution, long expected) =>
        Assert.Equal(expected, JitterDraw.Next(new SeededRandom(1), Delay, Jitter, distribution));

    private static (double Mean, double Deviation, double[] Draws) Draw(JitterDistribution distribution)
    {
        var random = new SeededRandom(2);
        double[] draws = [.. Enumerable.Range(0, Trials).Select(_ => (double)JitterDraw.Next(random, Delay, Jitter, distribution))];
        double mean = draws.Average();
        return (mean, Math.Sqrt(draws.Average(draw => (draw - mean) * (draw - mean))), draws);
    }
}
