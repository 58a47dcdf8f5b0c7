namespace Aldis.Protocols.Trials;

/// <summary>
/// The books of the side that receives numbered pieces: which came, came twice, were overtaken or damaged. Only the last pieces are
/// remembered one by one. One thread writes; figures that another reads are those of a moment ago.
/// </summary>
internal sealed class PieceLedger
{
    private const int Window = 1 << 16;

    // At n mod window: n + 1 of the last piece that was there, 0 for none.
    private readonly long[] _seen = new long[Window];
    private long _highest = -1;
    private long _delivered;
    private long _bytes;

    /// <summary>Pieces that came whole, each once.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Their bytes.</summary>
    public long DeliveredBytes => Volatile.Read(ref _bytes);

    /// <summary>Pieces that came again.</summary>
    public long Duplicated { get; private set; }

    /// <summary>Pieces that came behind a later one (RFC 4737).</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Pieces in which a byte is not what was sent; which they were cannot be told.</summary>
    public long Corrupted { get; private set; }

    /// <summary>The highest number that came; -1 before there is one.</summary>
    public long Highest => Volatile.Read(ref _highest);

    /// <summary>A piece came.</summary>
    /// <param name="number">Its number, 0 or more.</param>
    /// <param name="bytes">Its bytes.</param>
    public void Count(long number, int bytes)
    {
        ref long seen = ref _seen[number % Window];
        if (seen == number + 1)
        {
            Duplicated++;
            return;
        }

        seen = number + 1;
        Volatile.Write(ref _delivered, _delivered + 1);
        Volatile.Write(ref _bytes, _bytes + bytes);
        OutOfOrder += number < _highest ? 1 : 0;
        if (number > _highest)
        {
            Volatile.Write(ref _highest, number);
        }
    }

    /// <summary>A piece came that is not as it was made.</summary>
    public void CountCorrupted() => Corrupted++;
}
