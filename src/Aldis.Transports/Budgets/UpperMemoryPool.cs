using System.Buffers;
using Aldis.Protocols.Budgets;

namespace Aldis.Transports.Budgets;

/// <summary>
/// Memory for what is built on top of connections, such as TLS: what a burst needed of it goes back to the system as that of the connections
/// themselves does. Kestrel's own pool takes minutes to give a twentieth back, and then another one. Thread-safe.
/// </summary>
internal sealed class UpperMemoryPool : MemoryPool<byte>, ITrimmablePool
{
    /// <summary>Bytes in a block: what Kestrel has always lent, and what its code asks for.</summary>
    public const int BlockBytes = 4096;

    // What a burst needed beyond 16 MiB goes back to the garbage collector.
    private const int MaxFreeBlocks = 4096;

    private readonly Lock _lock = new();
    private readonly FreeList<Block> _free = new(MaxFreeBlocks);

    /// <summary>Makes an empty pool.</summary>
    /// <param name="governor">Has its unused memory given back.</param>
    public UpperMemoryPool(ReceiveGovernor governor) => governor.Watch(this);

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <inheritdoc/>
    public long DroppedBytes
    {
        get
        {
            lock (_lock)
            {
                return _free.Dropped * BlockBytes;
            }
        }
    }

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        lock (_lock)
        {
            if (_free.TryTake(out Block? block))
            {
                return block;
            }
        }

        // Not pinned: TLS copies out of it, and the collector can move a straggler out of the way of what goes back.
        return new Block(this);
    }

    /// <inheritdoc/>
    public void Trim()
    {
        lock (_lock)
        {
            _free.Trim();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // What is lent still is returned later, and then nobody's.
    }

    private sealed class Block(UpperMemoryPool pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockBytes);

        public void Dispose()
        {
            lock (pool._lock)
            {
                pool._free.Return(this);
            }
        }
    }
}
