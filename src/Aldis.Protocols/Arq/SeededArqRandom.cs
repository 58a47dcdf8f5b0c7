namespace Aldis.Protocols.Arq;

/// <summary>SplitMix64: the same numbers for the same seed. For simulations; production takes a cryptographic source.</summary>
/// <param name="seed">Any number.</param>
public sealed class SeededArqRandom(ulong seed) : IArqRandom
{
    private ulong _state = seed;

    /// <inheritdoc/>
    public ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15UL;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
