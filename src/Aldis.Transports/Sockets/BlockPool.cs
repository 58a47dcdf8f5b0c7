using Aldis.Protocols.Budgets;
using Aldis.Transports.Budgets;

namespace Aldis.Transports.Sockets;

/// <summary>
/// The blocks of one <see cref="ReadinessLoop"/>. The block returned last is handed out first: while messages are answered one by
/// one, a single block, warm in the processor's cache, serves every connection.
/// </summary>
internal sealed class BlockPool : ITrimmablePool
{
    /// <summary>
    /// Bytes in a block: 64 KiB, the most that one receive usually finds, and a page. The page makes a receive of 64 KiB end short
    /// of the block, which proves the socket empty without asking it again.
    /// </summary>
    public const int BlockBytes = (64 + 4) * 1024;

    // What a burst needed beyond 17 MiB goes back to the garbage collector.
    private const int MaxFreeBlocks = 256;

    private readonly Lock _lock = new();
    private readonly FreeList<Block> _free = new(MaxFreeBlocks);
    private Block? _warmest;

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

    /// <summary>Takes an empty block.</summary>
    /// <returns>A block that the caller returns by <see cref="Block.Return"/>.</returns>
    public Block Rent()
    {
        if (Interlocked.Exchange(ref _warmest, null) is { } warmest)
        {
            return warmest;
        }

        lock (_lock)
        {
            if (_free.TryTake(out Block? block))
            {
                return block;
            }
        }

        // Not among what is pinned for good, which the collector never moves: one block in use there keeps tens of MiB before it that a
        // burst has left. A receive or a send pins it only while it copies.
        return new Block(this, GC.AllocateUninitializedArray<byte>(BlockBytes));
    }

    /// <summary>Takes a block back.</summary>
    /// <param name="block">A block of this pool that nobody uses.</param>
    public void Return(Block block)
    {
        if (Interlocked.Exchange(ref _warmest, block) is not { } cooler)
        {
            return;
        }

        lock (_lock)
        {
            _free.Return(cooler);
        }
    }

    /// <inheritdoc/>
    public void Trim()
    {
        lock (_lock)
        {
            _free.Trim();
        }
    }
}
