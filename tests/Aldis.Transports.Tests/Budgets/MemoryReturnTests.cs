using System.Buffers;
using Aldis.Protocols.Budgets;
using Aldis.Transports.Budgets;
using Aldis.Transports.Sockets;

namespace Aldis.Transports.Tests.Budgets;

/// <summary>What a burst needed goes back to the system when it is over.</summary>
public sealed class MemoryReturnTests
{
    private const long Mebibyte = 1 << 20;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_pool_drops_what_nobody_needed_since_it_was_asked_last()
    {
        var pool = new BlockPool();
        ReturnAll([.. Enumerable.Range(0, 10).Select(_ => pool.Rent())]);
        pool.Trim();
        ReturnAll([.. Enumerable.Range(0, 4).Select(_ => pool.Rent())]);

        pool.Trim();

        // One is the warmest, and not kept with the others; three of the others were needed.
        Assert.Equal(6 * BlockPool.BlockBytes, pool.DroppedBytes);
    }

    [Fact]
    public void A_pool_counts_what_it_has_no_place_for()
    {
        var pool = new BlockPool();
        ReturnAll([.. Enumerable.Range(0, 300).Select(_ => pool.Rent())]);

        Assert.Equal((300 - 257) * BlockPool.BlockBytes, pool.DroppedBytes);
    }

    [Fact]
    public void A_block_that_is_in_use_keeps_nothing_of_a_burst_beside_it()
    {
        const int Blocks = 1000;
        long before = NeverMovedBytes();
        var pool = new BlockPool();
        Block[] burst = [.. Enumerable.Range(0, Blocks).Select(_ => pool.Rent())];
        Block inUse = burst[^1];
        ReturnAll(burst[..^1]);
        burst = [];
        pool.Trim();
        pool.Trim();

        Assert.InRange(NeverMovedBytes() - before, long.MinValue, Blocks / 2 * BlockPool.BlockBytes);
        inUse.Return();
    }

    [Fact]
    public void What_TLS_needed_in_a_burst_and_nobody_needs_any_more_is_dropped()
    {
        using ReceiveGovernor governor = NewGovernor();
        using var pool = new UpperMemoryPool(governor);
        ReturnAll([.. Enumerable.Range(0, 10).Select(_ => pool.Rent())]);
        pool.Trim();
        ReturnAll([.. Enumerable.Range(0, 4).Select(_ => pool.Rent())]);

        pool.Trim();

        Assert.Equal(6 * UpperMemoryPool.BlockBytes, pool.DroppedBytes);
    }

    [Fact]
    public void What_TLS_needed_beyond_what_is_kept_is_dropped_at_once()
    {
        using ReceiveGovernor governor = NewGovernor();
        using var pool = new UpperMemoryPool(governor);
        ReturnAll([.. Enumerable.Range(0, 5000).Select(_ => pool.Rent())]);

        Assert.Equal((5000 - 4096) * UpperMemoryPool.BlockBytes, pool.DroppedBytes);
    }

    [Fact]
    public void A_block_for_TLS_is_lent_again_warmest_first()
    {
        using ReceiveGovernor governor = NewGovernor();
        using var pool = new UpperMemoryPool(governor);
        IMemoryOwner<byte> cold = pool.Rent();
        IMemoryOwner<byte> warm = pool.Rent(UpperMemoryPool.BlockBytes);
        cold.Dispose();
        warm.Dispose();

        Assert.Same(warm, pool.Rent());
        Assert.Same(cold, pool.Rent());
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(UpperMemoryPool.BlockBytes + 1));
    }

    [Fact]
    public void One_collection_follows_a_burst_and_none_comes_in_the_midst_of_it()
    {
        var pool = new DroppingPool();
        int collections = 0;
        var memoryReturn = new MemoryReturn(() => collections++);
        memoryReturn.Add(pool);
        for (int period = 1; period <= 4; period++)
        {
            pool.DroppedBytes += 100 * Mebibyte;
            memoryReturn.Look(period * Period);
        }

        Assert.Equal(0, collections);
        for (int period = 5; period <= 9; period++)
        {
            memoryReturn.Look(period * Period);
        }

        Assert.Equal(1, collections);
    }

    [Fact]
    public void A_little_that_is_dropped_is_not_collected_for()
    {
        var pool = new DroppingPool { DroppedBytes = 15 * Mebibyte };
        int collections = 0;
        var memoryReturn = new MemoryReturn(() => collections++);
        memoryReturn.Add(pool);
        for (int period = 1; period <= 4; period++)
        {
            memoryReturn.Look(period * Period);
        }

        Assert.Equal(0, collections);
        Assert.Equal(4, pool.Trims);
    }

    [Fact]
    public void Memory_lent_to_TLS_is_counted_until_it_is_given_back_once()
    {
        var budget = new ReceiveBudget(64 * Mebibyte, 64 * Mebibyte);
        ReceiveAccount account = budget.Open(default);
        using var pool = new CountingMemoryPool(MemoryPool<byte>.Shared, account);
        IMemoryOwner<byte> lent = pool.Rent(4096);
        Assert.Equal(lent.Memory.Length, account.HeldBytes);

        lent.Dispose();
        lent.Dispose();

        Assert.Equal(0, account.HeldBytes);
    }

    // Of what is pinned for good, gaps between what is in use included.
    private static long NeverMovedBytes()
    {
        const int Pinned = 4;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return GC.GetGCMemoryInfo(GCKind.FullBlocking).GenerationInfo[Pinned].SizeAfterBytes;
    }

    private static ReceiveGovernor NewGovernor() => new(new ReceiveMemoryOptions());

    private static void ReturnAll(IMemoryOwner<byte>[] lent) => Array.ForEach(lent, static each => each.Dispose());

    private static void ReturnAll(Block[] blocks) => Array.ForEach(blocks, static block => block.Return());

    private sealed class DroppingPool : ITrimmablePool
    {
        public long DroppedBytes { get; set; }

        public int Trims { get; private set; }

        public void Trim() => Trims++;
    }
}
