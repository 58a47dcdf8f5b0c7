namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>Connections by deadline: a binary heap. A deadline that moves later is not refiled until its old time comes, so that the
/// steady state of a connection that keeps pushing its time-outs ahead costs nothing.</summary>
internal sealed class DeadlineHeap
{
    private ArqConnection[] _items = [];
    private int _count;
    private StepCounter _steps;

    /// <summary>Levels of the heap that connections rose or sank.</summary>
    public long Steps => _steps.Total;

    /// <summary>The earliest deadline, exactly.</summary>
    public long NextNs
    {
        get
        {
            RefileFirst();
            return _count == 0 ? TimerTable.Never : _items[0].FiledDeadlineNs;
        }
    }

    /// <summary>The connection with the earliest deadline, if that is not after a time.</summary>
    public ArqConnection? FirstDue(long nowNs)
    {
        RefileFirst();
        return _count > 0 && _items[0].FiledDeadlineNs <= nowNs ? _items[0] : null;
    }

    /// <summary>Files a connection under its next deadline.</summary>
    public void Update(ArqConnection connection)
    {
        long deadline = connection.Timers.NextNs;
        if (connection.DeadlineSlot < 0)
        {
            if (deadline == TimerTable.Never)
            {
                return;
            }

            if (_count == _items.Length)
            {
                Array.Resize(ref _items, Math.Max(4, _count * 2));
            }

            connection.FiledDeadlineNs = deadline;
            Place(connection, _count++);
            Rise(connection.DeadlineSlot);
        }
        else if (deadline < connection.FiledDeadlineNs)
        {
            connection.FiledDeadlineNs = deadline;
            Rise(connection.DeadlineSlot);
        }
    }

    public void Remove(ArqConnection connection)
    {
        int slot = connection.DeadlineSlot;
        if (slot < 0)
        {
            return;
        }

        connection.DeadlineSlot = -1;
        ArqConnection last = _items[--_count];
        _items[_count] = null!;
        if (slot < _count)
        {
            Place(last, slot);
            Rise(slot);
            Sink(last.DeadlineSlot);
        }
    }

    private void RefileFirst()
    {
        while (_count > 0)
        {
            ArqConnection first = _items[0];
            long real = first.Timers.NextNs;
            if (real <= first.FiledDeadlineNs)
            {
                return;
            }

            if (real == TimerTable.Never)
            {
                Remove(first);
                continue;
            }

            first.FiledDeadlineNs = real;
            Sink(0);
        }
    }

    private void Rise(int slot)
    {
        ArqConnection item = _items[slot];
        _steps.Add(1);
        while (slot > 0 && _items[(slot - 1) / 2].FiledDeadlineNs > item.FiledDeadlineNs)
        {
            _steps.Add(1);
            Place(_items[(slot - 1) / 2], slot);
            slot = (slot - 1) / 2;
        }

        Place(item, slot);
    }

    private void Sink(int slot)
    {
        ArqConnection item = _items[slot];
        while (true)
        {
            _steps.Add(1);
            int child = (2 * slot) + 1;
            if (child >= _count)
            {
                break;
            }

            if (child + 1 < _count && _items[child + 1].FiledDeadlineNs < _items[child].FiledDeadlineNs)
            {
                child++;
            }

            if (_items[child].FiledDeadlineNs >= item.FiledDeadlineNs)
            {
                break;
            }

            Place(_items[child], slot);
            slot = child;
        }

        Place(item, slot);
    }

    private void Place(ArqConnection connection, int slot)
    {
        _items[slot] = connection;
        connection.DeadlineSlot = slot;
    }
}
