using Aldis.Transports.Sockets;

namespace Aldis.Transports.Tests.Sockets;

public sealed class BlockPoolTests
{
    [Fact]
    public void The_block_returned_last_is_rented_first()
    {
        var pool = new BlockPool();
        Block cold = pool.Rent();
        Block warm = pool.Rent();
        cold.Return();
        warm.Return();
        Assert.Same(warm, pool.Rent());
        Assert.Same(cold, pool.Rent());
    }

    [Fact]
    public void A_returned_block_is_empty_and_unlinked()
    {
        var pool = new BlockPool();
        Block first = pool.Rent();
        first.Commit(10);
        first.Append(pool.Rent());
        first.Return();
        Assert.Equal(0, first.Length);
        Assert.Null(first.Next);
        Assert.True(first.Memory.IsEmpty);
    }
}
