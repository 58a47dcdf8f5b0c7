using System.Diagnostics.CodeAnalysis;

namespace Aldis.Protocols.Budgets;

/// <summary>
/// What a pool keeps for later use. What was returned last is taken first, for it is the warmest in the processor's cache; what nobody
/// needed for a while is left to the collector. Not thread-safe.
/// </summary>
/// <typeparam name="T">What is kept.</typeparam>
/// <param name="most">How many are kept; further ones are left to the collector.</param>
internal sealed class FreeList<T>(int most)
    where T : class
{
    private readonly Stack<T> _free = new();
    private int _leastFree;

    /// <summary>How many are kept.</summary>
    public int Count => _free.Count;

    /// <summary>How many were left to the collector so far.</summary>
    public long Dropped { get; private set; }

    /// <summary>Takes one of those that are kept.</summary>
    /// <param name="free">What was returned last.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryTake([NotNullWhen(true)] out T? free)
    {
        bool isThere = _free.TryPop(out free);
        _leastFree = Math.Min(_leastFree, _free.Count);
        return isThere;
    }

    /// <summary>Keeps something, unless there is enough.</summary>
    /// <param name="free">What nobody uses.</param>
    public void Return(T free)
    {
        if (_free.Count < most)
        {
            _free.Push(free);
        }
        else
        {
            Dropped++;
        }
    }

    /// <summary>Leaves to the collector what nobody needed since the last call.</summary>
    public void Trim()
    {
        for (; _leastFree > 0; _leastFree--)
        {
            _free.Pop();
            Dropped++;
        }

        _free.TrimExcess();
        _leastFree = _free.Count;
    }
}
