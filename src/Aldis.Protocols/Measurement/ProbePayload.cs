using System.Buffers.Binary;

namespace Aldis.Protocols.Measurement;

/// <summary>
/// The payload of a numbered echo request: 8 bytes of run number and 8 bytes of sequence number, both big-endian, then a pattern that
/// follows from both. Every byte of a reply can so be checked without keeping what was sent.
/// </summary>
internal static class ProbePayload
{
    /// <summary>The least size that has room for both numbers.</summary>
    public const int MinSize = 16;

    /// <summary>Fills a payload.</summary>
    /// <param name="payload">Takes it; at least <see cref="MinSize"/> bytes.</param>
    /// <param name="run">Tells this run from others; any value.</param>
    /// <param name="sequence">The request's number, 0 or more.</param>
    /// <exception cref="ArgumentException"><paramref name="payload"/> is too short.</exception>
    public static void Write(Span<byte> payload, ulong run, long sequence)
    {
        if (payload.Length < MinSize)
        {
            throw new ArgumentException("A numbered payload needs 16 bytes.", nameof(payload));
        }

        BinaryPrimitives.WriteUInt64BigEndian(payload, run);
        BinaryPrimitives.WriteInt64BigEndian(payload[8..], sequence);
        Span<byte> rest = payload[MinSize..];
        ulong state = Start(run, sequence);
        while (rest.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, state);
            state = Next(state);
            rest = rest[8..];
        }

        for (int index = 0; index < rest.Length; index++)
        {
            rest[index] = (byte)(state >> (8 * index));
        }
    }

    /// <summary>Changes the number alone, for where a payload is compared with what was sent, not with its pattern.</summary>
    /// <param name="payload">A payload of <see cref="Write"/>.</param>
    /// <param name="sequence">The new number.</param>
    public static void Renumber(Span<byte> payload, long sequence) => BinaryPrimitives.WriteInt64BigEndian(payload[8..], sequence);

    /// <summary>Checks a payload and reads its number.</summary>
    /// <param name="payload">What came; any bytes.</param>
    /// <param name="run">The run it must belong to.</param>
    /// <param name="size">The size it must have.</param>
    /// <param name="sequence">The number, where the answer is true; 0 otherwise.</param>
    /// <returns>Whether every byte is as <see cref="Write"/> made it.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, ulong run, int size, out long sequence)
    {
        sequence = 0;
        if (payload.Length != size || size < MinSize || BinaryPrimitives.ReadUInt64BigEndian(payload) != run)
        {
            return false;
        }

        long number = BinaryPrimitives.ReadInt64BigEndian(payload[8..]);
        ReadOnlySpan<byte> rest = payload[MinSize..];
        ulong state = Start(run, number);
        while (rest.Length >= 8)
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(rest) != state)
            {
                return false;
            }

            state = Next(state);
            rest = rest[8..];
        }

        for (int index = 0; index < rest.Length; index++)
        {
            if (rest[index] != (byte)(state >> (8 * index)))
            {
                return false;
            }
        }

        sequence = number;
        return true;
    }

    private static ulong Start(ulong run, long sequence) => Next(run ^ ((ulong)sequence * 0x9E3779B97F4A7C15));

    // One step of the 64-bit linear congruential generator with Knuth's constants (MMIX): a pattern, not randomness.
    private static ulong Next(ulong state) => unchecked((state * 6364136223846793005) + 1442695040888963407);
}
