namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// What one client was told, and what the journal has of it. A client numbers its items from 1 and takes each as acknowledged only after
/// the one before it.
/// </summary>
/// <param name="name">The client's name; its id in the native form.</param>
/// <param name="isNative">Whether exactly once was promised, not only at least once.</param>
internal sealed class ProofAccount(string name, bool isNative)
{
    private readonly List<int> _timesStored = [];
    private long _acknowledged;
    private long _lastStored;

    public string Name => name;

    public bool IsNative => isNative;

    /// <summary>Every item up to this one was acknowledged.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Number of records.</summary>
    public long Stored { get; private set; }

    /// <summary>Records that repeat an item.</summary>
    public long Repeats { get; private set; }

    /// <summary>Records of a native client that do not follow the one before them.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Items that were acknowledged and are not there.</summary>
    public long Lost => Enumerable.Range(0, (int)Acknowledged).LongCount(index => index >= _timesStored.Count || _timesStored[index] == 0);

    /// <summary>The client was told that all up to an item is safe.</summary>
    /// <returns>How many items that are more than before.</returns>
    public long Acknowledge(long item)
    {
        long more = Math.Max(0, item - _acknowledged);
        Volatile.Write(ref _acknowledged, _acknowledged + more);
        return more;
    }

    /// <summary>The journal has a record of an item; called in the journal's order.</summary>
    public void Store(long item)
    {
        while (_timesStored.Count < item)
        {
            _timesStored.Add(0);
        }

        Stored++;
        Repeats += _timesStored[(int)item - 1]++ > 0 ? 1 : 0;
        OutOfOrder += isNative && item != _lastStored + 1 ? 1 : 0;
        _lastStored = item;
    }
}
