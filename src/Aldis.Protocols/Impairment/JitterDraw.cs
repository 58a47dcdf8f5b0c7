using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Impairment;

/// <summary>
/// Draws a jitter. Only additions and one division of real numbers are used, which IEEE 754 defines to the bit: the same seed draws the
/// same on every machine, which the logarithms and cosines of the textbook do not promise.
/// </summary>
internal static class JitterDraw
{
    private const int UnitsOfNormal = 12;
    private const double MostOfMean = 100;

    /// <summary>Draws what comes on top of a delay.</summary>
    /// <param name="random">Where from; not touched without a jitter.</param>
    /// <param name="delayNanoseconds">The delay.</param>
    /// <param name="jitterNanoseconds">The jitter; 0 is none.</param>
    /// <param name="distribution">How it is spread.</param>
    /// <returns>Nanoseconds; less than 0 only for <see cref="JitterDistribution.Normal"/>, and never below the delay taken away.</returns>
    public static long Next(SeededRandom random, long delayNanoseconds, long jitterNanoseconds, JitterDistribution distribution) =>
        jitterNanoseconds == 0 ? 0 : distribution switch
        {
            JitterDistribution.Normal => Math.Max(-delayNanoseconds, (long)(jitterNanoseconds * Normal(random))),
            JitterDistribution.Pareto => (long)(jitterNanoseconds * Math.Min(MostOfMean, Pareto(random))),
            _ => (long)random.NextBelow((ulong)jitterNanoseconds + 1),
        };

    // The sum of twelve even draws has the variance 1 (Irwin 1927, Hall 1927); its tails end at six standard deviations.
    private static double Normal(SeededRandom random)
    {
        double sum = -UnitsOfNormal / 2;
        for (int unit = 0; unit < UnitsOfNormal; unit++)
        {
            sum += random.NextUnit();
        }

        return sum;
    }

    // P(X > x) = (1 + x/2)^-3, whose mean is 1. The largest of three even draws is the cube root of one.
    private static double Pareto(SeededRandom random)
    {
        double root = Math.Max(random.NextUnit(), Math.Max(random.NextUnit(), random.NextUnit()));
        return 2 * ((1 / root) - 1);
    }
}
