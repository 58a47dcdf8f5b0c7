namespace Aldis.Protocols.Arq.Streams;

/// <summary>A stretch of a byte stream held in lent chunks and addressed by stream offset. Chunks come when first written to and go
/// when released. A structure, because a connection has two of them: it is not to be copied.</summary>
internal struct StreamBuffer(ChunkPool pool)
{
    private const int Mask = ChunkPool.ChunkSize - 1;
    private const int SmallestRing = 4;

    private byte[]?[] _ring = [];
    private long _firstChunk;
    private long _endChunk;

    /// <summary>Bytes of chunks in use.</summary>
    public long LentBytes { get; private set; }

    /// <summary>Copies bytes to a place in the stream at or above what was released.</summary>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            int at = (int)(offset & Mask);
            int count = Math.Min(source.Length, ChunkPool.ChunkSize - at);
            source[..count].CopyTo(Chunk(offset >> ChunkPool.ChunkBits).AsSpan(at, count));
            source = source[count..];
            offset += count;
        }
    }

    /// <summary>Copies bytes that were written and not released.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int at = (int)(offset & Mask);
            int count = Math.Min(destination.Length, ChunkPool.ChunkSize - at);
            _ring[(offset >> ChunkPool.ChunkBits) & (_ring.Length - 1)].AsSpan(at, count).CopyTo(destination);
            destination = destination[count..];
            offset += count;
        }
    }

    /// <summary>The bytes from an offset on that lie together, at most so many.</summary>
    public ReadOnlyMemory<byte> Memory(long offset, long most)
    {
        int at = (int)(offset & Mask);
        int count = (int)Math.Min(most, ChunkPool.ChunkSize - at);
        return _ring[(offset >> ChunkPool.ChunkBits) & (_ring.Length - 1)].AsMemory(at, count);
    }

    /// <summary>Gives back the chunks wholly below an offset; all of them if nothing at or above it is in use.</summary>
    public void Release(long below, bool isEmpty)
    {
        long keep = (below >> ChunkPool.ChunkBits) + (isEmpty ? 1 : 0);
        if (keep <= _firstChunk)
        {
            return;
        }

        long end = Math.Min(keep, _endChunk);
        for (long chunk = _firstChunk; chunk < end; chunk++)
        {
            ref byte[]? slot = ref _ring[chunk & (_ring.Length - 1)];
            if (slot is not null)
            {
                pool.Return(slot);
                slot = null;
                LentBytes -= ChunkPool.ChunkSize;
            }
        }

        // With everything given back the chunk that was cut in two may be needed again, so the ring starts at it.
        _firstChunk = isEmpty ? below >> ChunkPool.ChunkBits : keep;
        _endChunk = Math.Max(_endChunk, _firstChunk);
        if (isEmpty)
        {
            _endChunk = _firstChunk;
        }
    }

    /// <summary>Gives the list of chunks back if there are none.</summary>
    public void Trim()
    {
        if (_endChunk == _firstChunk)
        {
            _ring = [];
        }
    }

    /// <summary>Gives everything back.</summary>
    public void Clear() => Release(_endChunk << ChunkPool.ChunkBits, isEmpty: true);

    private byte[] Chunk(long index)
    {
        if (index >= _endChunk)
        {
            if (index - _firstChunk >= _ring.Length)
            {
                Grow(index - _firstChunk + 1);
            }

            _endChunk = index + 1;
        }

        ref byte[]? slot = ref _ring[index & (_ring.Length - 1)];
        if (slot is null)
        {
            slot = pool.Rent();
            LentBytes += ChunkPool.ChunkSize;
        }

        return slot;
    }

    private void Grow(long needed)
    {
        int length = Math.Max(SmallestRing, _ring.Length);
        while (length < needed)
        {
            length <<= 1;
        }

        var larger = new byte[]?[length];
        for (long chunk = _firstChunk; chunk < _endChunk; chunk++)
        {
            larger[chunk & (length - 1)] = _ring[chunk & (_ring.Length - 1)];
        }

        _ring = larger;
    }
}
