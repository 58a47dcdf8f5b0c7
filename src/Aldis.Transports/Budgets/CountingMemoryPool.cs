using System.Buffers;
using Aldis.Protocols.Budgets;

namespace Aldis.Transports.Budgets;

/// <summary>The memory that is lent to what stands above one connection, such as TLS, counted as held for that connection.</summary>
/// <param name="pool">Where it comes from.</param>
/// <param name="account">Where it is counted.</param>
internal sealed class CountingMemoryPool(MemoryPool<byte> pool, ReceiveAccount account) : MemoryPool<byte>
{
    /// <inheritdoc/>
    public override int MaxBufferSize => pool.MaxBufferSize;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        IMemoryOwner<byte> owner = pool.Rent(minBufferSize);
        account.AddAbove(owner.Memory.Length);
        return new Counted(owner, account);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The pool belongs to others too.
    }

    private sealed class Counted(IMemoryOwner<byte> owner, ReceiveAccount account) : IMemoryOwner<byte>
    {
        private IMemoryOwner<byte>? _owner = owner;

        public Memory<byte> Memory => _owner is { } lent ? lent.Memory : throw new ObjectDisposedException(nameof(Counted));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _owner, null) is { } lent)
            {
                account.AddAbove(-lent.Memory.Length);
                lent.Dispose();
            }
        }
    }
}
