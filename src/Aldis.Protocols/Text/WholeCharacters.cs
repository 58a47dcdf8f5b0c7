using System.Buffers;
using System.Text;

namespace Aldis.Protocols.Text;

/// <summary>
/// Joins UTF-8 text that arrives in pieces, so that a character split across two reads is shown once and whole: what a piece ends in
/// the middle of is kept for the next.
/// </summary>
internal sealed class WholeCharacters
{
    private readonly byte[] _kept = new byte[3];
    private int _keptLength;

    /// <summary>Takes a piece and gives the beginning of the whole characters so far.</summary>
    /// <param name="piece">What has arrived.</param>
    /// <param name="limit">The most bytes to give, at least 4.</param>
    /// <returns>A copy that ends at a character's border, unless the limit cut it; invalid bytes are passed on as they are.</returns>
    public byte[] Take(in ReadOnlySequence<byte> piece, int limit)
    {
        int taken = (int)Math.Min(piece.Length, limit);
        byte[] joined = new byte[_keptLength + taken];
        _kept.AsSpan(0, _keptLength).CopyTo(joined);
        piece.Slice(0, taken).CopyTo(joined.AsSpan(_keptLength));

        Span<byte> tail = stackalloc byte[4];
        int tailLength = (int)Math.Min(piece.Length, 3);
        piece.Slice(piece.Length - tailLength).CopyTo(tail);
        if (piece.Length <= 3)
        {
            // A short piece may continue what was kept: look at both together.
            tailLength = Math.Min(joined.Length, 4);
            joined.AsSpan(joined.Length - tailLength).CopyTo(tail);
        }

        int unfinished = UnfinishedLength(tail[..tailLength]);
        tail.Slice(tailLength - unfinished, unfinished).CopyTo(_kept);
        _keptLength = unfinished;
        return taken == piece.Length ? joined[..^unfinished] : joined;
    }

    private static int UnfinishedLength(ReadOnlySpan<byte> tail)
    {
        for (int length = 1; length <= Math.Min(3, tail.Length); length++)
        {
            ReadOnlySpan<byte> candidate = tail[^length..];
            if ((candidate[0] & 0xC0) != 0x80)
            {
                return Rune.DecodeFromUtf8(candidate, out _, out _) == OperationStatus.NeedMoreData ? length : 0;
            }
        }

        return 0;
    }
}
