namespace Aldis.Protocols.Fairness;

/// <summary>
/// So many a second for each network, in a memory that no number of networks makes larger: a fixed table of buckets, of which each network
/// has the one that a secret number picks. Nobody gets more than his rate by appearing under many names; two networks that meet in one
/// bucket share it, and nobody who does not know the number can bring that about on purpose.
/// </summary>
internal sealed class NetworkRates
{
    /// <summary>Buckets; a power of two. With 100 networks at their limit a further one meets one of them in 10 of 100 cases.</summary>
    public const int Buckets = 1024;

    private readonly TokenBucket[] _buckets = new TokenBucket[Buckets];
    private readonly UInt128 _secret;

    /// <summary>Begins with nobody known.</summary>
    /// <param name="perSecond">How many a second for each network.</param>
    /// <param name="atOnce">How many at once, at least 1.</param>
    /// <param name="secret">A random number that nobody else knows.</param>
    public NetworkRates(double perSecond, double atOnce, UInt128 secret)
    {
        _secret = secret;
        Array.Fill(_buckets, new TokenBucket(perSecond, atOnce));
    }

    /// <summary>Takes some of a network's, where there are any.</summary>
    /// <param name="network">The network.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    /// <param name="count">How many (<see cref="TokenBucket.TryTake"/>).</param>
    /// <returns>False if it has none left for now.</returns>
    public bool TryTake(NetworkKey network, long nowNs, int count = 1) => Find(network).TryTake(nowNs, count);

    /// <summary>Whether a network has any left, of which nothing is taken.</summary>
    /// <param name="network">The network.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public bool IsFree(NetworkKey network, long nowNs) => Find(network).NsUntilFree(nowNs) == 0;

    private ref TokenBucket Find(NetworkKey network) => ref _buckets[network.Hash(_secret) & (Buckets - 1)];
}
