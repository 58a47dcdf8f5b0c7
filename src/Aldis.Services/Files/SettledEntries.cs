using System.Collections;

namespace Aldis.Services.Files;

/// <summary>Which entries of a transfer are settled, over all its connections, so that each is told once. Thread-safe.</summary>
/// <param name="count">How many entries there are.</param>
internal sealed class SettledEntries(int count)
{
    private readonly BitArray _settled = new(count);

    /// <summary>How many entries there are.</summary>
    public int Count => _settled.Count;

    /// <summary>Settles an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>False if it was settled before.</returns>
    public bool TrySettle(int entry)
    {
        lock (_settled)
        {
            bool isFirst = !_settled[entry];
            _settled[entry] = true;
            return isFirst;
        }
    }
}
