namespace Aldis.Protocols.Fairness;

/// <summary>
/// So many a second for each network, in a memory that no number of networks makes larger: some rows of buckets, in each of which every
/// network has the one that a secret number picks. A network is refused only where all of its buckets are empty: whom chance has meet a
/// busy network in one row, or in three, has his own rate by the last. Nobody who does not know the number can have two meet on purpose.
/// <para>Nobody gets more than his rate, under however many names he appears. What a network takes is taken from its fullest bucket, and
/// the others are brought down to what that one has then, where they have more (a count-min sketch with conservative update: Estan,
/// Varghese, New Directions in Traffic Measurement and Accounting, 2002). So the fullest is never fuller than a bucket would be that the
/// network had alone: all refill alike, others only take, and what it takes itself is missing in all of them. And no bucket is emptied
/// further than somebody's own would be: nobody owes what others took.</para>
/// </summary>
internal sealed class NetworkRates
{
    /// <summary>Rows; more of them tell few busy networks apart better, and many worse.</summary>
    public const int Rows = 4;

    /// <summary>Buckets of a row; a power of two. Beside 8 networks at their limit a further one meets one of them in every row in 1 of 270
    /// million cases, beside 100 in 1 of 13,000, beside 1,000 in 1 of 7.</summary>
    public const int BucketsOfRow = 1024;

    private const double NsPerSecond = 1e9;
    private const int HashBitsOfRow = 64 / Rows;

    // When each bucket is full again if nobody takes any, row behind row: what it lacks, as the time in which it comes back.
    private readonly long[] _fullAtNs = new long[Rows * BucketsOfRow];
    private readonly UInt128 _secret;
    private readonly long _nsForOne;
    private readonly long _mostLackingNs;

    /// <summary>Begins with nobody known.</summary>
    /// <param name="perSecond">How many a second for each network; the time for one is rounded to whole nanoseconds.</param>
    /// <param name="atOnce">How many at once, at least 1.</param>
    /// <param name="secret">A random number that nobody else knows.</param>
    public NetworkRates(double perSecond, double atOnce, UInt128 secret)
    {
        _secret = secret;
        _nsForOne = Math.Max(1, (long)Math.Round(NsPerSecond / perSecond));
        _mostLackingNs = (long)Math.Round((atOnce - 1) * _nsForOne);
    }

    /// <summary>Takes some of a network's, where there are any.</summary>
    /// <param name="network">The network.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds, not negative.</param>
    /// <param name="count">How many are wanted; where some are there all are given, and what was too much is owed.</param>
    /// <returns>False if it has none left for now.</returns>
    public bool TryTake(NetworkKey network, long nowNs, int count = 1)
    {
        ulong hash = network.Hash(_secret);
        long fullAtNs = FullestAtNs(hash);
        if (fullAtNs - nowNs > _mostLackingNs)
        {
            return false;
        }

        long laterNs = Math.Max(fullAtNs, nowNs) + (count * _nsForOne);
        for (int row = 0; row < Rows; row++)
        {
            ref long bucket = ref Find(hash, row);
            bucket = Math.Max(bucket, laterNs);
        }

        return true;
    }

    /// <summary>Whether a network has any left, of which nothing is taken.</summary>
    /// <param name="network">The network.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds, not negative.</param>
    public bool IsFree(NetworkKey network, long nowNs) => FullestAtNs(network.Hash(_secret)) - nowNs <= _mostLackingNs;

    private long FullestAtNs(ulong hash)
    {
        long fullAtNs = Find(hash, 0);
        for (int row = 1; row < Rows; row++)
        {
            fullAtNs = Math.Min(fullAtNs, Find(hash, row));
        }

        return fullAtNs;
    }

    // Each row has bits of the hash of its own, which depend on all of the network and of the secret.
    private ref long Find(ulong hash, int row) =>
        ref _fullAtNs[(row * BucketsOfRow) + (int)((hash >> (row * HashBitsOfRow)) & (BucketsOfRow - 1))];
}
