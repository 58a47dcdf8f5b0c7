namespace Aldis.Transports.Budgets;

/// <summary>A pool that keeps memory for later use. Asked now and then, on any thread.</summary>
internal interface ITrimmablePool
{
    /// <summary>Bytes it left to the collector so far, because it had enough or because of <see cref="Trim"/>; never falls.</summary>
    long DroppedBytes { get; }

    /// <summary>Drops what nobody needed since the last call.</summary>
    void Trim();
}
