using System.Buffers.Binary;
using System.Numerics;

namespace Aldis.Protocols.Randomness;

/// <summary>
/// Deterministic random numbers: xoshiro256** (Blackman and Vigna), its state filled by splitmix64 from one 64-bit seed.
/// The same seed gives the same sequence on every platform and in every version. It is not for secrets.
/// </summary>
internal sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>Starts the sequence that belongs to <paramref name="seed"/>; every seed, 0 included, is a good one.</summary>
    /// <param name="seed">Names the whole sequence.</param>
    public SeededRandom(ulong seed)
    {
        _s0 = SplitMix64(ref seed);
        _s1 = SplitMix64(ref seed);
        _s2 = SplitMix64(ref seed);
        _s3 = SplitMix64(ref seed);
    }

    /// <summary>The next 64 bits, all values equally likely.</summary>
    /// <returns>A value from 0 to 2⁶⁴ − 1.</returns>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number below a bound, all equally likely: a 128-bit product, redrawn where it would be biased (Lemire 2019).</summary>
    /// <param name="exclusiveBound">One more than the largest answer, at least 1.</param>
    /// <returns>A value from 0 to <paramref name="exclusiveBound"/> − 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is 0.</exception>
    public ulong NextBelow(ulong exclusiveBound)
    {
        ArgumentOutOfRangeException.ThrowIfZero(exclusiveBound);
        ulong high = Math.BigMul(NextUInt64(), exclusiveBound, out ulong low);
        if (low < exclusiveBound)
        {
            ulong biased = (0 - exclusiveBound) % exclusiveBound;
            while (low < biased)
            {
                high = Math.BigMul(NextUInt64(), exclusiveBound, out low);
            }
        }

        return high;
    }

    /// <summary>A number below a bound, all equally likely.</summary>
    /// <param name="exclusiveBound">One more than the largest answer, at least 1.</param>
    /// <returns>A value from 0 to <paramref name="exclusiveBound"/> − 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not positive.</exception>
    public int NextBelow(int exclusiveBound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveBound);
        return (int)NextBelow((ulong)exclusiveBound);
    }

    /// <summary>A real number from the 2⁵³ multiples of 2⁻⁵³ in [0, 1).</summary>
    /// <returns>A value from 0 up to but not including 1.</returns>
    public double NextUnit() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Tosses a weighted coin. It draws only if the answer is open, so that a fault switched off costs nothing.</summary>
    /// <param name="probability">Of true, from 0 to 1.</param>
    /// <returns>True with that probability.</returns>
    public bool Chance(double probability) => probability > 0 && (probability >= 1 || NextUnit() < probability);

    /// <summary>Fills a span with random bytes.</summary>
    /// <param name="destination">Overwritten completely; the sequence advances by one draw for each begun 8 bytes.</param>
    public void Fill(Span<byte> destination)
    {
        while (destination.Length >= sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, NextUInt64());
            destination = destination[sizeof(ulong)..];
        }

        if (!destination.IsEmpty)
        {
            Span<byte> last = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(last, NextUInt64());
            last[..destination.Length].CopyTo(destination);
        }
    }

    /// <summary>A generator of its own for one part of a model, so that more draws in one part do not disturb another.</summary>
    /// <returns>A new generator, seeded by the next draw of this one.</returns>
    public SeededRandom Fork() => new(NextUInt64());

    private static ulong SplitMix64(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
