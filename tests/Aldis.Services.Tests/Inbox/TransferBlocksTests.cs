using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Inbox;

public sealed class TransferBlocksTests
{
    private const int Most = 64;

    [Fact]
    public void What_many_transfers_return_serves_the_next_ones()
    {
        using var pool = new TransferBlocks(new VirtualTime());
        TransferBlocks.Block[] first = RentAll(pool);
        Assert.Null(pool.TryRent());
        Array.ForEach(first, pool.Return);
        Assert.Equal(first.ToHashSet(), RentAll(pool).ToHashSet());
    }

    [Fact]
    public void What_nobody_needed_for_a_while_is_given_back()
    {
        var time = new VirtualTime();
        using var pool = new TransferBlocks(time);
        Array.ForEach(RentAll(pool), pool.Return);
        time.Advance(TimeSpan.FromSeconds(5));
        for (int second = 0; second < 5; second++)
        {
            // One transfer after the other needs one.
            pool.Return(pool.TryRent()!);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, pool.FreeBlocks);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, pool.FreeBlocks);
    }

    private static TransferBlocks.Block[] RentAll(TransferBlocks pool) => [.. Enumerable.Range(0, Most).Select(_ => pool.TryRent()!)];
}
