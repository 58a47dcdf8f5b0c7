namespace Aldis.Protocols.Arq.Streams;

/// <summary>Lends blocks of memory to the connections of one endpoint, so that an idle connection holds none.</summary>
internal sealed class ChunkPool
{
    public const int ChunkBits = 14;
    public const int ChunkSize = 1 << ChunkBits;

    private readonly Stack<byte[]> _free = new();
    private readonly long _maxFree;

    /// <param name="pooledBytes">Bytes of returned chunks kept for later use; further ones are left to the collector.</param>
    public ChunkPool(long pooledBytes) => _maxFree = Math.Max(1, pooledBytes >> ChunkBits);

    /// <summary>Bytes lent and not returned.</summary>
    public long LentBytes { get; private set; }

    /// <summary>Bytes kept for later use.</summary>
    public long FreeBytes => (long)_free.Count << ChunkBits;

    public byte[] Rent()
    {
        LentBytes += ChunkSize;
        return _free.TryPop(out byte[]? chunk) ? chunk : GC.AllocateUninitializedArray<byte>(ChunkSize);
    }

    public void Return(byte[] chunk)
    {
        LentBytes -= ChunkSize;
        if (_free.Count < _maxFree)
        {
            _free.Push(chunk);
        }
    }
}
