namespace Aldis.Protocols.Arq.Streams;

/// <summary>Many stretches: a sorted list of small sets, so that a change in the middle moves few of them, however many there are. A set
/// is cut in two when it grows too large, and goes when it is empty.</summary>
internal sealed class RangeTable
{
    /// <summary>Must stay below the size at which a <see cref="RangeSet"/> turns into a table.</summary>
    private const int MostInPart = 64;

    private const int SmallestCapacity = 8;

    private RangeSet[] _parts = new RangeSet[SmallestCapacity];
    private RangeSet[] _spares = new RangeSet[SmallestCapacity];
    private int _head;
    private int _count;
    private int _spareCount;
    private StepCounter _steps;

    /// <summary>How many stretches.</summary>
    public int Count { get; private set; }

    public OffsetRange First => _parts[_head].First;

    public OffsetRange Last => _parts[_head + _count - 1].Last;

    /// <summary>Sum of the lengths of all stretches.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            for (int part = _head; part < _head + _count; part++)
            {
                total += _parts[part].Total;
            }

            return total;
        }
    }

    /// <summary>Steps of its own and of all parts.</summary>
    public long Steps
    {
        get
        {
            long steps = _steps.Total;
            for (int part = _head; part < _head + _count; part++)
            {
                steps += _parts[part].Steps;
            }

            for (int spare = 0; spare < _spareCount; spare++)
            {
                steps += _spares[spare].Steps;
            }

            return steps;
        }
    }

    /// <summary>A stretch by its place, looked for from the nearer end.</summary>
    public OffsetRange this[int index]
    {
        get
        {
            if (index > Count / 2)
            {
                int above = Count;
                for (int part = _head + _count - 1; ; part--)
                {
                    above -= _parts[part].Count;
                    if (index >= above)
                    {
                        return _parts[part][index - above];
                    }
                }
            }

            for (int part = _head; ; part++)
            {
                if (index < _parts[part].Count)
                {
                    return _parts[part][index];
                }

                index -= _parts[part].Count;
            }
        }
    }

    public long Add(long start, long end)
    {
        if (_count == 0)
        {
            Open(0);
            Count = 1;
            return At(0).Add(start, end);
        }

        int part = PartOf(start);
        long absorbed = 0;
        while (part + 1 < _count && At(part + 1).First.Start <= end)
        {
            OffsetRange touched = At(part + 1).First;
            absorbed += touched.End - touched.Start;
            end = Math.Max(end, touched.End);
            At(part + 1).RemoveFirst();
            Count--;
            CloseIfEmpty(part + 1);
        }

        ref RangeSet set = ref At(part);
        int before = set.Count;
        long added = set.Add(start, end);
        Count += set.Count - before;
        SplitIfLarge(part);
        return added - absorbed;
    }

    public bool WouldGrow(long start, long end)
    {
        if (_count == 0)
        {
            return true;
        }

        int part = PartOf(start);
        return At(part).WouldGrow(start, end) && (part + 1 == _count || At(part + 1).First.Start > end);
    }

    public void Remove(long start, long end)
    {
        int part = PartOf(start);
        while (part < _count && At(part).First.Start < end)
        {
            ref RangeSet set = ref At(part);
            int before = set.Count;
            set.Remove(start, end);
            Count += set.Count - before;
            if (!CloseIfEmpty(part))
            {
                SplitIfLarge(part);
                part++;
            }
        }
    }

    public void RemoveBelow(long end)
    {
        while (_count > 0 && First.Start < end)
        {
            ref RangeSet set = ref At(0);
            int before = set.Count;
            set.RemoveBelow(end);
            Count += set.Count - before;
            if (!CloseIfEmpty(0))
            {
                return;
            }
        }
    }

    public void RemoveFirst()
    {
        At(0).RemoveFirst();
        Count--;
        CloseIfEmpty(0);
    }

    public bool Contains(long number) => _count > 0 && At(PartOf(number)).Contains(number);

    public bool TryFindGap(long position, long end, out OffsetRange gap)
    {
        if (_count == 0)
        {
            gap = new OffsetRange(position, end);
            return position < end;
        }

        int part = PartOf(position);
        long before = part + 1 < _count ? Math.Min(end, At(part + 1).First.Start) : end;
        return At(part).TryFindGap(position, before, out gap);
    }

    public void Clear()
    {
        while (_count > 0)
        {
            At(_count - 1).Clear();
            CloseIfEmpty(_count - 1);
        }

        Count = 0;
    }

    /// <summary>Takes over what a set holds.</summary>
    public void Take(in RangeSet set)
    {
        for (int index = 0; index < set.Count; index++)
        {
            Add(set[index].Start, set[index].End);
        }

        _steps.Add(set.Steps);
    }

    private ref RangeSet At(int part) => ref _parts[_head + part];

    /// <summary>The last part that begins at or before a number, or the first.</summary>
    private int PartOf(long number)
    {
        if (_count > 0 && number >= At(_count - 1).First.Start)
        {
            return _count - 1;
        }

        int low = 0;
        int high = _count - 1;
        while (low < high)
        {
            _steps.Add(1);
            int middle = (low + high + 1) >> 1;
            if (At(middle).First.Start <= number)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    /// <summary>Half goes to a new part; of the last one only its end, because it is there that stretches come in order.</summary>
    private void SplitIfLarge(int part)
    {
        int size = At(part).Count;
        if (size <= MostInPart)
        {
            return;
        }

        int kept = part == _count - 1 ? size - 1 : size / 2;
        Open(part + 1);
        At(part).MoveEnd(kept, ref At(part + 1));
    }

    private void Open(int part)
    {
        if (_head + _count == _parts.Length)
        {
            // A quarter of the room stays slack, so that the moves are paid for by what went at the front.
            RangeSet[] target = _head > _parts.Length / 4 ? _parts : new RangeSet[_parts.Length * 2];
            _parts.AsSpan(_head, _count).CopyTo(target);
            target.AsSpan(_count).Clear();
            _steps.Add(_count);
            _parts = target;
            _head = 0;
        }

        _parts.AsSpan(_head + part, _count - part).CopyTo(_parts.AsSpan(_head + part + 1));
        _steps.Add(_count - part);
        _count++;
        At(part) = _spareCount > 0 ? _spares[--_spareCount] : new RangeSet();
    }

    private bool CloseIfEmpty(int part)
    {
        if (!At(part).IsEmpty)
        {
            return false;
        }

        if (_spareCount == _spares.Length)
        {
            Array.Resize(ref _spares, _spareCount * 2);
        }

        _spares[_spareCount++] = At(part);
        if (part < _count / 2)
        {
            _parts.AsSpan(_head, part).CopyTo(_parts.AsSpan(_head + 1));
            _steps.Add(part);
            At(0) = default;
            _head++;
            _count--;
            return true;
        }

        _parts.AsSpan(_head + part + 1, _count - part - 1).CopyTo(_parts.AsSpan(_head + part));
        _steps.Add(_count - part);
        At(--_count) = default;
        return true;
    }
}
