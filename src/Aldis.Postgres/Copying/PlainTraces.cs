using System.Runtime.InteropServices;
using Aldis.Journal.Embedded;
using Aldis.Postgres.Reading;

namespace Aldis.Postgres.Copying;

/// <summary>The messages of the plain form that are there already: how many of each trace.</summary>
internal sealed class PlainTraces
{
    private readonly Dictionary<PlainTrace, int> _counts = [];

    /// <summary>One more is there.</summary>
    public void Add(PlainTrace trace) => CollectionsMarshal.GetValueRefOrAddDefault(_counts, trace, out _)++;

    /// <summary>Finds a message among them, each of them once.</summary>
    /// <returns>Whether it is there.</returns>
    public bool Take(JournalMessage message)
    {
        var trace = PlainTrace.Of(message);
        int count = _counts.GetValueOrDefault(trace);
        if (count > 0)
        {
            _counts[trace] = count - 1;
        }

        return count > 0;
    }
}
