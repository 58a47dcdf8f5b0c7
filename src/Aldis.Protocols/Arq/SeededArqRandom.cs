using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Arq;

/// <summary>The same numbers for the same seed. For simulations; production takes a cryptographic source.</summary>
/// <param name="seed">Any number.</param>
internal sealed class SeededArqRandom(ulong seed) : IArqRandom
{
    private readonly SeededRandom _random = new(seed);

    /// <inheritdoc/>
    public ulong NextUInt64() => _random.NextUInt64();
}
