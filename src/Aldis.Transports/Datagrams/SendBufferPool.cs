namespace Aldis.Transports.Datagrams;

/// <summary>Buffers for one send each, the last returned first, so that one buffer warm in the processor's cache serves a busy
/// driver.</summary>
internal sealed class SendBufferPool
{
    /// <summary>Bytes of a buffer: 64 KiB, room for the longest batch that one send takes.</summary>
    public const int BufferBytes = 64 << 10;

    private const int MaxFree = 64;

    private readonly Lock _lock = new();
    private readonly Stack<PinnedBuffer> _free = new();

    /// <summary>Takes a buffer.</summary>
    /// <returns>A buffer that the caller returns by <see cref="Return"/>.</returns>
    public PinnedBuffer Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out PinnedBuffer? buffer))
            {
                return buffer;
            }
        }

        return new PinnedBuffer(BufferBytes);
    }

    /// <summary>Takes a buffer back.</summary>
    /// <param name="buffer">A buffer of this pool that nobody uses.</param>
    public void Return(PinnedBuffer buffer)
    {
        lock (_lock)
        {
            if (_free.Count < MaxFree)
            {
                _free.Push(buffer);
            }
        }
    }
}
