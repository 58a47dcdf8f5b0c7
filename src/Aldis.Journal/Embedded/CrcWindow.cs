using System.Buffers.Binary;

namespace Aldis.Journal.Embedded;

/// <summary>
/// The payload CRCs of one client's last messages: of as many as the client may be unsure of, and of those that are not written yet. Grows
/// with what is stored: most clients send a few messages only.
/// </summary>
internal sealed class CrcWindow
{
    private const int FirstLength = 4;

    private uint[] _ring = [];
    private long _last;
    private long _lastOfKept;
    private int _kept;

    /// <summary>How many CRCs it holds.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Takes the CRC of a message; a sequence number that does not follow the last one forgets all before it. After the window was made
    /// smaller as many are kept as before, until as many messages have come under the smaller one.
    /// </summary>
    /// <param name="sequence">The message's number.</param>
    /// <param name="crc">The CRC of its payload.</param>
    /// <param name="window">How many messages the client might have outstanding when it sent this one.</param>
    /// <param name="written">The highest number that is in a segment: the window counts from there, and all beyond it is kept.</param>
    public void Add(long sequence, uint crc, int window, long written)
    {
        if (window >= _kept || sequence - _lastOfKept >= _kept)
        {
            _kept = window;
            _lastOfKept = sequence;
        }

        long firstKept = Math.Max(0, written - _kept) + 1;
        Count = sequence == _last + 1 ? (int)Math.Clamp(sequence - firstKept, 0, Count) : 0;
        if (Count == _ring.Length)
        {
            Grow();
        }

        _last = sequence;
        _ring[sequence % _ring.Length] = crc;
        Count++;
    }

    /// <summary>Takes what a mark holds; what was there before is forgotten.</summary>
    /// <param name="last">The number of the last message.</param>
    /// <param name="crcs">The CRCs as little-endian u32, oldest first.</param>
    public void Restore(long last, ReadOnlySpan<byte> crcs)
    {
        Count = crcs.Length / sizeof(uint);
        _ring = new uint[Count];
        _last = last;
        _kept = Count;
        _lastOfKept = last;
        for (int i = 0; i < Count; i++)
        {
            _ring[(last - Count + 1 + i) % Count] = BinaryPrimitives.ReadUInt32LittleEndian(crcs[(i * sizeof(uint))..]);
        }
    }

    /// <summary>How many a mark gets that ends with <paramref name="sequence"/>.</summary>
    public int CountForMark(long sequence) => (int)Math.Clamp(Count - (_last - sequence), 0, Math.Min(Count, _kept));

    /// <summary>Writes what a mark gets that ends with <paramref name="sequence"/>: little-endian u32, oldest first.</summary>
    /// <returns>How many there are.</returns>
    public int WriteMark(long sequence, Span<byte> crcs)
    {
        int count = CountForMark(sequence);
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(crcs[(i * sizeof(uint))..], _ring[(sequence - count + 1 + i) % _ring.Length]);
        }

        return count;
    }

    /// <summary>Forgets all but the last one.</summary>
    public void KeepLast()
    {
        if (Count > 1)
        {
            _ring = [_ring[_last % _ring.Length]];
            Count = 1;
        }
    }

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
        // What is kept doubles up to its size; what is not written yet comes and goes, and gets an eighth at a time.
        int length = Count < _kept ? Math.Min(_kept, Math.Max(FirstLength, Count * 2)) : Count + FirstLength + (Count / 8);
        uint[] ring = new uint[length];
        for (long sequence = _last - Count + 1; sequence <= _last; sequence++)
        {
            ring[sequence % ring.Length] = _ring[sequence % _ring.Length];
        }

        _ring = ring;
    }
}
