namespace Aldis.Protocols.Randomness;

/// <summary>Seeds for parts of a whole that have names: what one part draws does not depend on which others there are, or in which order they
/// came.</summary>
internal static class NamedSeed
{
    // FNV-1a (Fowler, Noll and Vo) over the name; string.GetHashCode differs in every process.
    private const ulong Basis = 14_695_981_039_346_656_037;
    private const ulong Prime = 1_099_511_628_211;

    /// <summary>The seed of a part; the same on every platform and in every version.</summary>
    /// <param name="seed">The seed of the whole.</param>
    /// <param name="name">The part's name.</param>
    /// <param name="number">Tells parts of one name apart.</param>
    /// <returns>A seed.</returns>
    public static ulong Of(ulong seed, string name, long number = 0)
    {
        ulong hash = Basis;
        foreach (char character in name)
        {
            hash = (hash ^ character) * Prime;
        }

        return new SeededRandom(seed ^ hash ^ ((ulong)number << 32)).NextUInt64();
    }
}
