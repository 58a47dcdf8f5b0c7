namespace Aldis.Protocols.Messages;

/// <summary>The items offered to a sender and not settled, in order; found by their position.</summary>
internal sealed class PendingItems
{
    private const int CompactAt = 1024;

    private readonly List<(long Item, int Length)> _items = [];
    private int _head;

    public int Count => _items.Count - _head;

    public (long Item, int Length) this[int position] => _items[_head + position];

    public void Add(long item, int length) => _items.Add((item, length));

    public void RemoveAt(int position) => _items.RemoveAt(_head + position);

    /// <summary>Removes the first items.</summary>
    public void RemoveFirst(int count)
    {
        _head += count;
        if (_head >= CompactAt && _head * 2 >= _items.Count)
        {
            _items.RemoveRange(0, _head);
            _head = 0;
        }
    }
}
