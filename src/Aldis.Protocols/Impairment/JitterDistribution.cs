namespace Aldis.Protocols.Impairment;

/// <summary>How a jitter is spread.</summary>
public enum JitterDistribution
{
    /// <summary>Evenly from nothing to the jitter, beyond the delay.</summary>
    Even,

    /// <summary>Normally around the delay, the jitter being the standard deviation; never below no delay at all.</summary>
    Normal,

    /// <summary>Beyond the delay, with a long tail: a Pareto distribution of the second kind (Lomax 1954) of shape 3 whose mean is the
    /// jitter. A draw of more than 100 times the jitter counts as that.</summary>
    Pareto,
}
