using Aldis.Protocols.Trials;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Protocols.Tests.Trials;

/// <summary>The numbered pieces of a trial and the books of who receives them.</summary>
public sealed class PieceTests
{
    private const int Bytes = 100;

    [Fact]
    public void A_bit_that_flips_anywhere_is_noticed() => Prop.ForAll(
        Gen.Choose(0, (Bytes * 8) - 1).ToArbitrary(),
        Gen.Choose(0, int.MaxValue).ToArbitrary(),
        (bit, number) =>
        {
            byte[] piece = Piece(TrialUse.Sink, number);
            bool wasRight = TrialPiece.TryRead(piece, TrialUse.Sink, out long read) && read == number;
            piece[bit / 8] ^= (byte)(1 << (bit % 8));
            return wasRight && !TrialPiece.TryRead(piece, TrialUse.Sink, out _);
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Pieces_are_counted_once_and_those_behind_a_later_one_and_those_that_come_again_by_themselves()
    {
        var ledger = new PieceLedger();
        foreach (long number in (long[])[0, 1, 3, 2, 3, 5, 0])
        {
            ledger.Count(number, Bytes);
        }

        Assert.Equal((5, 5 * Bytes, 2, 1, 5), (ledger.Delivered, ledger.DeliveredBytes, ledger.Duplicated, ledger.OutOfOrder, ledger.Highest));
    }

    [Fact]
    public void A_stream_is_read_piece_by_piece_however_it_is_cut() => Prop.ForAll(
        Gen.Choose(1, 350).ArrayOf(20).ToArbitrary(),
        lengths =>
        {
            var ledger = new PieceLedger();
            var reader = new PieceReader(ledger, TrialUse.Sink, Bytes);
            ReadOnlySpan<byte> rest = Enumerable.Range(0, 30).SelectMany(static number => Piece(TrialUse.Sink, number)).ToArray();
            for (int i = 0; !rest.IsEmpty; i++)
            {
                int length = Math.Min(rest.Length, lengths[i % lengths.Length]);
                reader.Take(rest[..length]);
                rest = rest[length..];
            }

            return ledger is { Delivered: 30, Corrupted: 0, OutOfOrder: 0 };
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void In_a_stream_a_piece_in_the_wrong_place_is_damage()
    {
        var ledger = new PieceLedger();
        var reader = new PieceReader(ledger, TrialUse.Sink, Bytes);
        reader.Take(Piece(TrialUse.Sink, 0));
        reader.Take(Piece(TrialUse.Sink, 2));
        reader.Take(Piece(TrialUse.Sink, 2));
        Assert.Equal((2, 1), (ledger.Delivered, ledger.Corrupted));
    }

    private static byte[] Piece(TrialUse use, long number)
    {
        byte[] piece = new byte[Bytes];
        TrialPiece.Write(piece, use, number);
        return piece;
    }
}
