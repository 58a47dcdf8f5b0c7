using System.Collections.Concurrent;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>
/// Memory in which what comes of a large file is gathered until it is worth a write, and a hash several times as fast as over what one receive
/// brings. There is not more of it than <see cref="MostBlocks"/>; who gets none does with less.
/// </summary>
internal static class TransferBlocks
{
    /// <summary>Bytes of a block: the smallest chunk.</summary>
    public const int BlockBytes = ChunkSize.Min;

    /// <summary>Most blocks in use: 64 MiB, in whatever number of transfers.</summary>
    private const int MostBlocks = 64;

    /// <summary>Blocks that nobody uses and that are kept: 8 MiB.</summary>
    private const int MostKept = 8;

    private static readonly ConcurrentBag<Memory<byte>> Kept = [];
    private static int _used;

    /// <summary>Takes a block.</summary>
    /// <param name="block">The block, from which a disk can be written directly; the caller returns it.</param>
    /// <returns>False where as many are in use as there may be.</returns>
    public static bool TryRent(out Memory<byte> block)
    {
        if (Interlocked.Increment(ref _used) > MostBlocks)
        {
            Interlocked.Decrement(ref _used);
            block = default;
            return false;
        }

        if (!Kept.TryTake(out block))
        {
            block = DirectMemory.Allocate(BlockBytes);
        }

        return true;
    }

    /// <summary>Gives a block back.</summary>
    /// <param name="block">One that was taken, which nobody uses.</param>
    public static void Return(Memory<byte> block)
    {
        Interlocked.Decrement(ref _used);
        if (Kept.Count < MostKept)
        {
            Kept.Add(block);
        }
    }
}
