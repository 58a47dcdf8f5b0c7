namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>A set of positions as sorted, disjoint ranges: the plain form of what an engine keeps, for checkers.</summary>
internal sealed class ByteRanges
{
    private readonly List<(long From, long To)> _ranges = [];

    /// <summary>One past the last position of the range that begins at 0.</summary>
    public long Frontier => _ranges.Count > 0 && _ranges[0].From == 0 ? _ranges[0].To : 0;

    public void Add(long from, long to)
    {
        if (to <= from)
        {
            return;
        }

        int index = _ranges.FindIndex(range => range.To >= from);
        if (index < 0)
        {
            _ranges.Add((from, to));
            return;
        }

        int end = index;
        while (end < _ranges.Count && _ranges[end].From <= to)
        {
            from = Math.Min(from, _ranges[end].From);
            to = Math.Max(to, _ranges[end].To);
            end++;
        }

        _ranges.RemoveRange(index, end - index);
        _ranges.Insert(index, (from, to));
    }
}
