namespace Aldis.Protocols.Arq;

/// <summary>Where an endpoint takes random numbers from: a cryptographic source in production, a seed in tests.</summary>
internal interface IArqRandom
{
    /// <summary>The next number, uniform over all 64 bits.</summary>
    /// <returns>A random number.</returns>
    ulong NextUInt64();
}
