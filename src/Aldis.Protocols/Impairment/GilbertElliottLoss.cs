namespace Aldis.Protocols.Impairment;

/// <summary>
/// Loss in bursts (Gilbert 1960, Elliott 1963): a chain with a good and a bad state moves once for each datagram, and each state
/// has a loss probability of its own. All values are probabilities from 0 to 1.
/// </summary>
public sealed record GilbertElliottLoss
{
    /// <summary>From good to bad, for each datagram; above 0.</summary>
    public required double GoodToBad { get; init; }

    /// <summary>From bad to good, for each datagram; above 0. Its inverse is the mean length of a bad spell in datagrams.</summary>
    public required double BadToGood { get; init; }

    /// <summary>Loss in the good state; 0 is the Gilbert form.</summary>
    public double LossInGood { get; init; }

    /// <summary>Loss in the bad state.</summary>
    public double LossInBad { get; init; } = 1;

    /// <summary>The share of datagrams lost in the long run: the states' losses weighted by the chain's stationary distribution.</summary>
    public double MeanLoss => ((LossInGood * BadToGood) + (LossInBad * GoodToBad)) / (GoodToBad + BadToGood);

    /// <summary>A chain with a wanted mean loss and mean burst length, losing nothing between bursts.</summary>
    /// <param name="meanLoss">Share of datagrams lost, above 0 and below 1.</param>
    /// <param name="meanBurst">Mean number of datagrams lost in a row, at least 1.</param>
    /// <returns>The chain.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range, or the chain would need a probability above 1.</exception>
    public static GilbertElliottLoss Bursts(double meanLoss, double meanBurst)
    {
        if (!(meanLoss > 0 && meanLoss < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(meanLoss), meanLoss, "A share above 0 and below 1.");
        }

        double badToGood = 1 / meanBurst;
        double goodToBad = badToGood * meanLoss / (1 - meanLoss);
        if (!(meanBurst >= 1) || goodToBad > 1)
        {
            throw new ArgumentOutOfRangeException(nameof(meanBurst), meanBurst, "At least 1, and long enough for the mean loss.");
        }

        return new GilbertElliottLoss { GoodToBad = goodToBad, BadToGood = badToGood };
    }

    internal void Validate()
    {
        LinkOptions.RequireProbability(GoodToBad);
        LinkOptions.RequireProbability(BadToGood);
        LinkOptions.RequireProbability(LossInGood);
        LinkOptions.RequireProbability(LossInBad);
        RequireReachable(GoodToBad);
        RequireReachable(BadToGood);
    }

    private static void RequireReachable(double probability) => ArgumentOutOfRangeException.ThrowIfZero(probability);
}
