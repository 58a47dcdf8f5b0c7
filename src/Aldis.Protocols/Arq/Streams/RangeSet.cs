namespace Aldis.Protocols.Arq.Streams;

/// <summary>A set of numbers kept as sorted, disjoint, non-adjacent stretches. Work at either end is O(1); in the middle a binary search
/// and a move of the shorter side, or, when there are many, of a part of them. A structure, because a connection has several of them:
/// it is not to be copied.</summary>
internal struct RangeSet
{
    /// <summary>Enough for a stream without loss.</summary>
    private const int SmallestCapacity = 4;

    /// <summary>What the first loss leads to, so that a rare burst later seldom needs more.</summary>
    private const int WorkingCapacity = 64;

    /// <summary>More than these are kept in a table.</summary>
    private const int MostInRow = 128;

    private OffsetRange[] _items;
    private RangeTable? _table;
    private int _head;
    private int _count;
    private StepCounter _steps;

    public RangeSet() => _items = [];

    /// <summary>How many stretches.</summary>
    public readonly int Count => _table is null ? _count : _table.Count;

    public readonly bool IsEmpty => Count == 0;

    /// <summary>Stretches that searches looked at and changes took in, took out or moved.</summary>
    public readonly long Steps => _steps.Total + (_table?.Steps ?? 0);

    /// <summary>The lowest stretch; the set must not be empty.</summary>
    public readonly OffsetRange First => _table is null ? _items[_head] : _table.First;

    /// <summary>The highest stretch; the set must not be empty.</summary>
    public readonly OffsetRange Last => _table is null ? _items[_head + _count - 1] : _table.Last;

    /// <summary>Sum of the lengths of all stretches.</summary>
    public readonly long Total
    {
        get
        {
            long total = _table?.Total ?? 0;
            foreach (OffsetRange item in _items.AsSpan(_head, _count))
            {
                total += item.End - item.Start;
            }

            return total;
        }
    }

    public readonly OffsetRange this[int index] => _table is null ? _items[_head + index] : _table[index];

    /// <summary>Adds a stretch, which must not be empty.</summary>
    /// <returns>How many of its numbers were new.</returns>
    public long Add(long start, long end)
    {
        if (_table is not null)
        {
            return _table.Add(start, end);
        }

        if (_count > 0)
        {
            ref OffsetRange last = ref _items[_head + _count - 1];
            if (start >= last.Start && start <= last.End)
            {
                long grown = Math.Max(0, end - last.End);
                last = new OffsetRange(last.Start, last.End + grown);
                return grown;
            }
        }

        int first = FirstEndingAtOrAfter(start);
        int after = first;
        long covered = 0;
        long mergedStart = start;
        long mergedEnd = end;
        for (; after < _count && this[after].Start <= end; after++)
        {
            OffsetRange touched = this[after];
            covered += Math.Max(0, Math.Min(end, touched.End) - Math.Max(start, touched.Start));
            mergedStart = Math.Min(mergedStart, touched.Start);
            mergedEnd = Math.Max(mergedEnd, touched.End);
        }

        _steps.Add(after - first);
        if (after == first)
        {
            OpenSlot(first);
        }
        else
        {
            RemoveSlots(first + 1, after - first - 1);
        }

        _items[_head + first] = new OffsetRange(mergedStart, mergedEnd);
        SpreadIfMany();
        return end - start - covered;
    }

    /// <summary>Whether adding would make one more stretch.</summary>
    public bool WouldGrow(long start, long end)
    {
        if (_table is not null)
        {
            return _table.WouldGrow(start, end);
        }

        int first = FirstEndingAtOrAfter(start);
        return first == _count || this[first].Start > end;
    }

    /// <summary>Takes a stretch out.</summary>
    public void Remove(long start, long end)
    {
        if (Count == 0 || end <= First.Start || start >= Last.End || start >= end)
        {
            return;
        }

        if (_table is not null)
        {
            _table.Remove(start, end);
            return;
        }

        int index = FirstEndingAtOrAfter(start + 1);
        while (index < _count && this[index].Start < end)
        {
            _steps.Add(1);
            OffsetRange item = this[index];
            if (item.Start < start && item.End > end)
            {
                OpenSlot(index + 1);
                _items[_head + index] = new OffsetRange(item.Start, start);
                _items[_head + index + 1] = new OffsetRange(end, item.End);
                SpreadIfMany();
                return;
            }

            if (item.Start < start)
            {
                _items[_head + index++] = new OffsetRange(item.Start, start);
            }
            else if (item.End > end)
            {
                _items[_head + index] = new OffsetRange(end, item.End);
                return;
            }
            else
            {
                RemoveSlots(index, 1);
            }
        }
    }

    /// <summary>Takes everything below a number out.</summary>
    public void RemoveBelow(long end)
    {
        if (_table is not null)
        {
            _table.RemoveBelow(end);
            return;
        }

        while (_count > 0)
        {
            OffsetRange item = First;
            if (item.End <= end)
            {
                RemoveFirst();
                continue;
            }

            if (item.Start < end)
            {
                _items[_head] = new OffsetRange(end, item.End);
            }

            return;
        }
    }

    /// <summary>Takes the lowest stretch out.</summary>
    public void RemoveFirst()
    {
        if (_table is not null)
        {
            _table.RemoveFirst();
            return;
        }

        _steps.Add(1);
        _head++;
        if (--_count == 0)
        {
            _head = 0;
        }
    }

    public bool Contains(long number)
    {
        if (_table is not null)
        {
            return _table.Contains(number);
        }

        int index = FirstEndingAtOrAfter(number + 1);
        return index < _count && this[index].Start <= number;
    }

    /// <summary>The first part of [position, end) that is not in the set.</summary>
    /// <returns>False if all of it is in the set.</returns>
    public bool TryFindGap(long position, long end, out OffsetRange gap)
    {
        if (_table is not null)
        {
            return _table.TryFindGap(position, end, out gap);
        }

        int index = _count > 0 && position > Last.Start ? _count - 1 : FirstEndingAtOrAfter(position + 1);
        if (index < _count && this[index].Start <= position && position < this[index].End)
        {
            position = this[index].End;
            index++;
        }
        else if (index < _count && this[index].End <= position)
        {
            index++;
        }

        long gapEnd = index < _count ? Math.Min(end, this[index].Start) : end;
        gap = new OffsetRange(position, gapEnd);
        return position < gapEnd;
    }

    public void Clear()
    {
        _table?.Clear();
        _count = 0;
        _head = 0;
    }

    /// <summary>Gives memory back that the present contents do not need.</summary>
    public void Trim()
    {
        if (_table is not null && Count <= SmallestCapacity)
        {
            RangeTable table = _table;
            _table = null;
            _steps.Add(table.Steps);
            for (int index = 0; index < table.Count; index++)
            {
                Add(table[index].Start, table[index].End);
            }
        }

        if (_items.Length > _count && _count <= SmallestCapacity)
        {
            OffsetRange[] kept = _count == 0 ? [] : new OffsetRange[_count];
            _items.AsSpan(_head, _count).CopyTo(kept);
            _items = kept;
            _head = 0;
        }
    }

    /// <summary>Moves all stretches from one on to the end of a set whose own lie before them.</summary>
    public void MoveEnd(int from, ref RangeSet target)
    {
        for (int index = from; index < _count; index++)
        {
            OffsetRange moved = _items[_head + index];
            target.Add(moved.Start, moved.End);
        }

        _count = from;
    }

    private void SpreadIfMany()
    {
        if (_count <= MostInRow)
        {
            return;
        }

        var table = new RangeTable();
        table.Take(this);
        _table = table;
        _items = [];
        _head = 0;
        _count = 0;
        _steps = default;
    }

    private int FirstEndingAtOrAfter(long number)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            _steps.Add(1);
            int middle = (low + high) >> 1;
            if (this[middle].End < number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void OpenSlot(int index)
    {
        bool front = index < _count - index;
        if (front ? _head == 0 : _head + _count == _items.Length)
        {
            // Half the room stays slack, so that the moves are paid for by the additions between them.
            int larger = _items.Length == 0 ? SmallestCapacity : Math.Max(WorkingCapacity, _items.Length * 2);
            Move(_count * 2 >= _items.Length ? new OffsetRange[larger] : _items);
        }

        _steps.Add(front ? index : _count - index);
        if (front)
        {
            _items.AsSpan(_head, index).CopyTo(_items.AsSpan(_head - 1));
            _head--;
        }
        else
        {
            _items.AsSpan(_head + index, _count - index).CopyTo(_items.AsSpan(_head + index + 1));
        }

        _count++;
    }

    /// <summary>Puts the contents into the middle of an array, so that both sides have room.</summary>
    private void Move(OffsetRange[] target)
    {
        int head = (target.Length - _count) / 2;
        _steps.Add(_count);
        _items.AsSpan(_head, _count).CopyTo(target.AsSpan(head));
        _items = target;
        _head = head;
    }

    private void RemoveSlots(int index, int count)
    {
        if (count == 0)
        {
            return;
        }

        _steps.Add(count + Math.Min(index, _count - index - count));
        if (index < _count - index - count)
        {
            _items.AsSpan(_head, index).CopyTo(_items.AsSpan(_head + count));
            _head += count;
        }
        else
        {
            _items.AsSpan(_head + index + count, _count - index - count).CopyTo(_items.AsSpan(_head + index));
        }

        _count -= count;
    }
}
