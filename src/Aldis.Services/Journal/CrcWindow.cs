namespace Aldis.Services.Journal;

/// <summary>
/// The payload CRCs of one client's last messages. Grows with what is stored, up to its capacity: most clients send a few messages only.
/// </summary>
internal sealed class CrcWindow(int capacity)
{
    private const int FirstLength = 4;

    private uint[] _ring = [];
    private long _last;

    /// <summary>How many CRCs it holds.</summary>
    public int Count { get; private set; }

    /// <summary>Takes the CRC of a message; a sequence number that does not follow the last one forgets all before it.</summary>
    public void Add(long sequence, uint crc)
    {
        if (sequence != _last + 1)
        {
            Count = 0;
        }

        if (Count == _ring.Length && Count < capacity)
        {
            Grow();
        }

        _last = sequence;
        _ring[sequence % _ring.Length] = crc;
        Count = Math.Min(Count + 1, _ring.Length);
    }

    /// <summary>How many of them are of messages up to <paramref name="sequence"/>.</summary>
    public int CountUpTo(long sequence) => (int)Math.Clamp(Count - (_last - sequence), 0, Count);

    /// <summary>Finds the CRC of a message.</summary>
    /// <returns>False if it is not among the last ones.</returns>
    public bool TryGet(long sequence, out uint crc)
    {
        bool known = sequence <= _last && sequence > _last - Count;
        crc = known ? _ring[sequence % _ring.Length] : 0;
        return known;
    }

    private void Grow()
    {
        uint[] ring = new uint[Math.Min(capacity, Math.Max(FirstLength, _ring.Length * 2))];
        for (long sequence = _last - Count + 1; sequence <= _last; sequence++)
        {
            ring[sequence % ring.Length] = _ring[sequence % _ring.Length];
        }

        _ring = ring;
    }
}
