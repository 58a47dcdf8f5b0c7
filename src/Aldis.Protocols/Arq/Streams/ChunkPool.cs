using Aldis.Protocols.Budgets;

namespace Aldis.Protocols.Arq.Streams;

/// <summary>Lends blocks of memory to the connections of one endpoint, so that an idle connection holds none.</summary>
internal sealed class ChunkPool
{
    public const int ChunkBits = 14;
    public const int ChunkSize = 1 << ChunkBits;

    private const long LargestPiece = 64 << 10;

    private readonly ChunkPool? _whole;
    private readonly FreeList<byte[]> _free;
    private readonly long _mostLent;

    /// <param name="pooledBytes">Bytes of returned chunks kept for later use; further ones are left to the collector.</param>
    /// <param name="mostLent">Bytes lent from which on memory is short.</param>
    public ChunkPool(long pooledBytes, long mostLent = long.MaxValue)
    {
        _free = new FreeList<byte[]>((int)Math.Clamp(pooledBytes >> ChunkBits, 1, int.MaxValue));
        _mostLent = mostLent;
    }

    private ChunkPool(ChunkPool whole, long mostLent)
    {
        _whole = whole;
        _free = whole._free;
        _mostLent = mostLent;
    }

    private ChunkPool(ChunkPool whole, ReceiveAccount account)
        : this(whole, long.MaxValue) => Account = account;

    /// <summary>Where what this part lends is counted, together with what no pool of this endpoint lends; null where a pool judges by
    /// itself whether it is short.</summary>
    public ReceiveAccount? Account { get; }

    /// <summary>Bytes that were left to the collector.</summary>
    public long DroppedBytes => _free.Dropped << ChunkBits;

    /// <summary>Bytes lent and not returned.</summary>
    public long LentBytes { get; private set; }

    /// <summary>Bytes kept for later use.</summary>
    public long FreeBytes => (long)_free.Count << ChunkBits;

    /// <summary>Whether more is lent than should be, by this share or in all. It lends all the same: who asks for more than it needs
    /// asks first.</summary>
    public bool IsShort => Account?.IsHeldBack ?? (LentBytes >= _mostLent || _whole is { IsShort: true });

    private bool IsShareShort => _whole is not null && LentBytes >= _mostLent;

    /// <summary>How much of something one may hold: any amount while memory is there, and while that is short the least it needs; a quarter
    /// of it while its own share is, so that many of one share take little, but a datagram fits; and a chunk where an account's budget holds
    /// it back, which gives room to one after the other.</summary>
    /// <param name="least">The least, in bytes.</param>
    /// <returns>Bytes.</returns>
    public long Allow(long least) => (IsShort, Account, IsShareShort) switch
    {
        (false, _, _) => long.MaxValue,
        (_, not null, _) => Math.Min(least, ChunkSize),
        (_, _, true) => Math.Min(least, Math.Max(least / 4, LargestPiece)),
        _ => least,
    };

    /// <summary>A part of this pool that counts for itself what it lends.</summary>
    /// <param name="mostLent">Bytes lent from which on this part is short.</param>
    /// <returns>The part.</returns>
    public ChunkPool Share(long mostLent) => new(this, mostLent);

    /// <summary>A part of this pool for one connection, short when the account's budget holds that connection back.</summary>
    /// <param name="account">Where it is counted.</param>
    /// <returns>The part.</returns>
    public ChunkPool Share(ReceiveAccount account) => new(this, account);

    /// <exception cref="OutOfMemoryException">There is none; nothing was lent.</exception>
    public byte[] Rent()
    {
        byte[] lent = _whole is not null ? _whole.Rent()
            : _free.TryTake(out byte[]? chunk) ? chunk
            : GC.AllocateUninitializedArray<byte>(ChunkSize);
        LentBytes += ChunkSize;
        Account?.Add(ChunkSize);
        if (LentBytes > ChunkSize)
        {
            // A second one may stay: many connections with a few that the budget has not heard of would make much.
            Account?.Settle();
        }

        return lent;
    }

    /// <summary>Takes that something received was not kept because this part is short: that is not the peer's fault.</summary>
    public void OnRefused() => Account?.OnDiscarded();

    /// <summary>Leaves to the collector what nobody needed since the last call.</summary>
    public void Trim() => _free.Trim();

    public void Return(byte[] chunk)
    {
        LentBytes -= ChunkSize;
        Account?.Add(-ChunkSize);
        if (_whole is not null)
        {
            _whole.Return(chunk);
        }
        else
        {
            _free.Return(chunk);
        }
    }
}
