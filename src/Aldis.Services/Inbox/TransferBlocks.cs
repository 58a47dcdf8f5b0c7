using Aldis.Journal.Storage;
using Aldis.Protocols.Budgets;
using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>
/// Memory in which what comes of a large file is gathered until it is worth a write, and a hash several times as fast as over what one receive
/// brings. There is not more of it than <see cref="MostBlocks"/>; who gets none does with less. What was returned is used again, so that no
/// more than that is ever left to the collector, and what nobody needed for a while is given back. Thread-safe.
/// </summary>
internal sealed class TransferBlocks : IDisposable
{
    /// <summary>Bytes of a block: the smallest chunk.</summary>
    public const int BlockBytes = ChunkSize.Min;

    /// <summary>Most blocks: 64 MiB, in whatever number of transfers.</summary>
    private const int MostBlocks = 64;

    private static readonly TimeSpan TrimPeriod = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly FreeList<Block> _free = new(MostBlocks);
    private readonly ITimer _trimming;
    private bool _isTrimming;
    private int _used;

    /// <summary>Makes a pool.</summary>
    /// <param name="time">The clock; the system's if left out.</param>
    public TransferBlocks(TimeProvider? time = null) => _trimming = (time ?? TimeProvider.System).CreateTimer(
        static pool => ((TransferBlocks)pool!).Trim(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>That of the process.</summary>
    public static TransferBlocks Shared { get; } = new();

    /// <summary>Blocks that nobody uses and that are kept.</summary>
    public int FreeBlocks
    {
        get
        {
            lock (_lock)
            {
                return _free.Count;
            }
        }
    }

    /// <summary>Takes a block.</summary>
    /// <returns>The block, which the caller returns; null where as many are in use as there may be.</returns>
    public Block? TryRent()
    {
        lock (_lock)
        {
            if (_used == MostBlocks)
            {
                return null;
            }

            Block block = _free.TryTake(out Block? free) ? free : new Block();
            _used++;
            return block;
        }
    }

    /// <summary>Gives a block back.</summary>
    /// <param name="block">One that was taken, which nobody uses.</param>
    public void Return(Block block)
    {
        lock (_lock)
        {
            _used--;
            _free.Return(block);
            if (!_isTrimming)
            {
                _isTrimming = true;
                _ = _trimming.Change(TrimPeriod, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _trimming.Dispose();

    private void Trim()
    {
        lock (_lock)
        {
            _free.Trim();
            _isTrimming = _free.Count > 0 && _trimming.Change(TrimPeriod, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A block.</summary>
    internal sealed class Block
    {
        /// <summary>Its memory, from which a disk can be written directly.</summary>
        public Memory<byte> Memory { get; } = DirectMemory.Allocate(BlockBytes);
    }
}
