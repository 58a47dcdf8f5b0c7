using System.Collections;
using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>
/// Which entries of a transfer are settled, over all its connections, so that each is told once; one that was refused on a connection and is
/// there on a later one is told again, because only that is true then. Thread-safe.
/// </summary>
/// <param name="count">How many entries there are.</param>
internal sealed class SettledEntries(int count)
{
    private readonly BitArray _settled = new(count);
    private readonly BitArray _refused = new(count);

    /// <summary>How many entries there are.</summary>
    public int Count => _settled.Count;

    /// <summary>Settles an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="outcome">How.</param>
    /// <returns>False if it was settled before, and this is not to be told.</returns>
    public bool TrySettle(int entry, in EntryOutcome outcome)
    {
        bool isRefused = outcome.Refusal is not null;
        lock (_settled)
        {
            bool isNews = !_settled[entry] || (_refused[entry] && !isRefused);
            if (isNews)
            {
                _settled[entry] = true;
                _refused[entry] = isRefused;
            }

            return isNews;
        }
    }
}
