namespace Aldis.Transports.Budgets;

/// <summary>
/// Gives the memory of a burst back to the system. Pools drop what nobody needed for five seconds; once that has come to much and nothing
/// more is dropped, the burst is over, and one collection returns what the collector would keep for a next one.
/// </summary>
/// <param name="collect">Collects; left out, the runtime's collector does.</param>
internal sealed class MemoryReturn(Action? collect = null)
{
    // Less is not worth a collection.
    private const long WorthwhileBytes = 16 << 20;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<ITrimmablePool> _pools = [];
    private TimeSpan _lookedAt;
    private long _droppedBytes;
    private long _collectedBytes;

    /// <summary>Watches a pool.</summary>
    /// <param name="pool">The pool.</param>
    public void Add(ITrimmablePool pool)
    {
        lock (_lock)
        {
            _pools.Add(pool);
        }
    }

    /// <summary>Watches a pool no longer.</summary>
    /// <param name="pool">The pool.</param>
    public void Remove(ITrimmablePool pool)
    {
        lock (_lock)
        {
            // What it dropped is none of the others' business.
            _droppedBytes -= _pools.Remove(pool) ? pool.DroppedBytes : 0;
        }
    }

    /// <summary>Looks whether a period is over. By one caller at a time.</summary>
    /// <param name="now">Time on a clock that never goes back.</param>
    public void Look(TimeSpan now)
    {
        if (now - _lookedAt < Period)
        {
            return;
        }

        _lookedAt = now;
        ITrimmablePool[] pools;
        lock (_lock)
        {
            pools = [.. _pools];
        }

        long before = _droppedBytes;
        bool isBusy = pools.Sum(static pool => pool.DroppedBytes) - before >= WorthwhileBytes;
        foreach (ITrimmablePool pool in pools)
        {
            pool.Trim();
        }

        _droppedBytes = pools.Sum(static pool => pool.DroppedBytes);
        if (isBusy || _droppedBytes - _collectedBytes < WorthwhileBytes)
        {
            return;
        }

        _collectedBytes = _droppedBytes;
        (collect ?? Collect)();
    }

    private static void Collect()
    {
        // Of all ways the only one that does not keep memory for the next burst.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
