using System.Buffers.Binary;

namespace Aldis.Protocols.Trials;

/// <summary>
/// One piece of what a trial sends: a byte that says what it is for, its number and its complement, then a pattern that is the same in all,
/// so that making and checking one costs less than moving it. A stream is a row of pieces, a datagram is one.
/// </summary>
internal static class TrialPiece
{
    /// <summary>Bytes before the pattern.</summary>
    public const int HeaderBytes = 1 + (2 * sizeof(long));

    private const int MostBytes = 65_536;
    private static readonly byte[] Pattern = MakePattern();

    /// <summary>Makes one, pattern and all.</summary>
    /// <param name="piece">Takes it; <see cref="HeaderBytes"/> bytes at least.</param>
    /// <param name="use">What it is for.</param>
    /// <param name="number">Its number.</param>
    public static void Write(Span<byte> piece, TrialUse use, long number)
    {
        piece[0] = (byte)use;
        Renumber(piece, number);
        Pattern.AsSpan(0, piece.Length - HeaderBytes).CopyTo(piece[HeaderBytes..]);
    }

    /// <summary>Gives one another number.</summary>
    /// <param name="piece">From <see cref="Write"/>.</param>
    /// <param name="number">The number.</param>
    public static void Renumber(Span<byte> piece, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(piece[1..], number);
        BinaryPrimitives.WriteInt64LittleEndian(piece[(1 + sizeof(long))..], ~number);
    }

    /// <summary>Checks every byte of one and reads its number.</summary>
    /// <param name="piece">What came.</param>
    /// <param name="use">What it must be for.</param>
    /// <param name="number">Its number; whatever stands there where the answer is false.</param>
    /// <returns>Whether it is as it was made.</returns>
    public static bool TryRead(ReadOnlySpan<byte> piece, TrialUse use, out long number)
    {
        number = 0;
        if (piece.Length is < HeaderBytes or > MostBytes)
        {
            return false;
        }

        number = BinaryPrimitives.ReadInt64LittleEndian(piece[1..]);
        ReadOnlySpan<byte> rest = piece[HeaderBytes..];
        return piece[0] == (byte)use && number >= 0 && BinaryPrimitives.ReadInt64LittleEndian(piece[(1 + sizeof(long))..]) == ~number
            && rest.SequenceEqual(Pattern.AsSpan(0, rest.Length));
    }

    private static byte[] MakePattern()
    {
        byte[] pattern = new byte[MostBytes];
        ulong state = 1;
        for (int i = 0; i < pattern.Length; i++)
        {
            state = unchecked((state * 6364136223846793005) + 1442695040888963407);
            pattern[i] = (byte)(state >> 56);
        }

        return pattern;
    }
}
