namespace Aldis.Protocols.Trials;

/// <summary>Finds the pieces in a stream, which has them in the order of their numbers from 0, one behind the other.</summary>
/// <param name="ledger">Takes them.</param>
/// <param name="use">What they are for.</param>
/// <param name="pieceBytes">Bytes of each.</param>
internal sealed class PieceReader(PieceLedger ledger, TrialUse use, int pieceBytes)
{
    private readonly byte[] _begun = new byte[pieceBytes];
    private int _length;
    private long _next;

    /// <summary>Takes bytes as they come.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_length == 0 && bytes.Length >= pieceBytes)
            {
                Judge(bytes[..pieceBytes]);
                bytes = bytes[pieceBytes..];
                continue;
            }

            int taken = Math.Min(bytes.Length, pieceBytes - _length);
            bytes[..taken].CopyTo(_begun.AsSpan(_length));
            bytes = bytes[taken..];
            _length += taken;
            if (_length == pieceBytes)
            {
                _length = 0;
                Judge(_begun);
            }
        }
    }

    // A number that is not the one that must stand there is damage like any other.
    private void Judge(ReadOnlySpan<byte> piece)
    {
        if (TrialPiece.TryRead(piece, use, out long number) && number == _next)
        {
            ledger.Count(number, pieceBytes);
        }
        else
        {
            ledger.CountCorrupted();
        }

        _next++;
    }
}
