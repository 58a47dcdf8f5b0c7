using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Impairment;

/// <summary>One copy of a datagram on its way: when it arrives and how it was damaged.</summary>
internal readonly record struct LinkCopy
{
    private const int MaximumFlips = 8;

    /// <summary>When it arrives.</summary>
    public required long ArrivalNanoseconds { get; init; }

    /// <summary><see cref="LinkFault.None"/>, <see cref="LinkFault.BitFlip"/> or <see cref="LinkFault.Truncation"/>.</summary>
    public LinkFault Damage { get; init; }

    /// <summary>Decides where the damage is.</summary>
    public ulong DamageSeed { get; init; }

    /// <summary>Applies the damage. The same copy damages the same bytes in the same way every time.</summary>
    /// <param name="datagram">The datagram as it was sent; changed in place.</param>
    /// <returns>The length that arrives: less than before only for a truncated copy, and then possibly 0.</returns>
    public int ApplyTo(Span<byte> datagram)
    {
        if (Damage == LinkFault.None || datagram.IsEmpty)
        {
            return datagram.Length;
        }

        var random = new SeededRandom(DamageSeed);
        if (Damage == LinkFault.Truncation)
        {
            return random.NextBelow(datagram.Length);
        }

        int flips = 1 + random.NextBelow(MaximumFlips);
        int first = random.NextBelow(datagram.Length * 8);
        Flip(datagram, first);
        for (int i = 1; i < flips; i++)
        {
            int bit = random.NextBelow(datagram.Length * 8);
            if (bit != first)
            {
                Flip(datagram, bit);
            }
        }

        return datagram.Length;
    }

    private static void Flip(Span<byte> datagram, int bit) => datagram[bit / 8] ^= (byte)(1 << (bit % 8));
}
