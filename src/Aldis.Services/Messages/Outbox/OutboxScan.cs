using System.Buffers.Binary;

namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// What one segment says: its lines and states, where they end, and whether they can be believed. It tells a torn tail from damage
/// (docs/protocols/outbox.md section 6) and touches no file.
/// </summary>
internal ref struct OutboxScan
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly OutboxHeader _header;
    private readonly OutboxContent _content;
    private OutboxSlot? _state;
    private long _lineBatch;
    private long _highestGap;

    private OutboxScan(ReadOnlySpan<byte> data, OutboxHeader header)
    {
        _data = data;
        _header = header;
        _content = header.Content;
        _lineBatch = _content.Batch;
        End = header.RecordsOffset;
        LastBatchOffset = End;
        LastRecordOffset = End;
    }

    /// <summary>Where the sound records end, in bytes.</summary>
    public int End { get; private set; }

    /// <summary>Where the last batch begins; the end where there is none.</summary>
    public int LastBatchOffset { get; private set; }

    /// <summary>Where the last record begins; the end where there is none.</summary>
    public int LastRecordOffset { get; private set; }

    /// <summary>Whether the last batch lacks its last record.</summary>
    public bool IsBatchOpen { get; private set; }

    /// <summary>Which slot holds the state; null if the header does.</summary>
    public int? Slot { get; private set; }

    /// <summary>What is wrong, as the end of a sentence about the segment; null if nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads a segment behind its header; the header's content is what the segments up to here say in the end.</summary>
    /// <param name="data">The segment.</param>
    /// <param name="header">Its header.</param>
    /// <param name="isLast">Whether it is the last one: only there a tail may be torn.</param>
    /// <returns>What it says.</returns>
    public static OutboxScan Read(ReadOnlySpan<byte> data, OutboxHeader header, bool isLast)
    {
        OutboxScan scan = new(data, header);
        if (header.RecordsOffset > data.Length)
        {
            scan.Problem = "is shorter than what it begins with";
        }
        else if (header.Version == OutboxHeader.Current)
        {
            scan.ReadSlots();
            scan.ReadRecords();
            scan.ApplyState();
        }
        else
        {
            scan.ReadRecords();
            scan._content.Batch = scan._lineBatch;
            scan._content.AllowForLostState();
        }

        scan.JudgeTail(isLast);
        if (!scan._content.IsConsistent)
        {
            scan.Problem ??= "contradicts itself";
        }

        return scan;
    }

    /// <summary>Finds the newer of the two states. At most one of the slots may be torn, or may never have been written.</summary>
    private void ReadSlots()
    {
        bool isAnyUnwritten = false;
        for (int index = 0; index < OutboxSlot.Count; index++)
        {
            ReadOnlySpan<byte> bytes = _data.Slice(_header.SlotsOffset + (index * OutboxSlot.Size), OutboxSlot.Size);
            isAnyUnwritten |= OutboxSlot.IsUnwritten(bytes);
            if (OutboxSlot.Read(bytes, _content.Salt) is OutboxSlot slot)
            {
                if (slot.Batch <= _content.Batch || slot.Batch == _state?.Batch || slot.End < _header.RecordsOffset)
                {
                    Problem = "contradicts itself";
                }

                (_state, Slot) = slot.Batch > (_state?.Batch ?? 0) ? (slot, index) : (_state, Slot);
            }
        }

        if (_state is null && !isAnyUnwritten)
        {
            Problem = "has lost the numbering";
        }
    }

    private void ReadRecords()
    {
        bool isCurrent = _header.Version == OutboxHeader.Current;
        bool isNew = true;
        while (Problem is null && OutboxRecord.TryRead(_data[End..], _content.Salt, out OutboxRecord record))
        {
            if (isCurrent ? !Follows(record) : record.Batch != _lineBatch + 1 && (isNew || record.Batch != _lineBatch))
            {
                Problem = $"has a record at byte {End} that does not follow the one before it";
            }
            else if (!TryApply(record, _data.Slice(End + OutboxRecord.HeaderLength, record.BodyLength), isCurrent))
            {
                Problem = $"has a record at byte {End} of a kind that this version of aldis does not know";
            }
            else
            {
                LastBatchOffset = IsBatchOpen || (!isNew && record.Batch == _lineBatch) ? LastBatchOffset : End;
                LastRecordOffset = End;
                _lineBatch = record.Batch;
                IsBatchOpen = isCurrent && !record.IsLast;
                isNew = false;
                End += record.Length;
            }
        }
    }

    /// <summary>
    /// Numbers step by one. Those that no line has are states, and the newest state stands between what was written before and after it.
    /// </summary>
    private bool Follows(OutboxRecord record)
    {
        if (IsBatchOpen)
        {
            return record.Batch == _lineBatch;
        }

        _highestGap = record.Batch > _lineBatch + 1 ? record.Batch - 1 : _highestGap;
        return record.Batch > _lineBatch && (_state is null || (End < _state.End ? record.Batch < _state.Batch : record.Batch > _state.Batch));
    }

    private readonly bool TryApply(OutboxRecord record, ReadOnlySpan<byte> body, bool isCurrent)
    {
        switch (record.Type)
        {
            case OutboxRecordType.Line when isCurrent || !record.IsLast:
                _content.Take(body);
                return true;
            case OutboxRecordType.Refused when !isCurrent && !record.IsLast && body.Length == sizeof(long):
                _ = _content.Refused.Add(BinaryPrimitives.ReadInt64LittleEndian(body));
                return true;
            case OutboxRecordType.State when !isCurrent && !record.IsLast && body.Length == OutboxSlot.StateLength:
                _content.Apply(OutboxSlot.ReadState(body));
                return true;
            default:
                return false;
        }
    }

    /// <summary>The newest state stands behind every number that lines skipped, and all that was written before it is there.</summary>
    private void ApplyState()
    {
        if (Problem is null && _highestGap > (_state?.Batch ?? 0))
        {
            Problem = "has lost the numbering";
        }

        if (_state is null)
        {
            _content.Batch = _lineBatch;
            return;
        }

        int complete = IsBatchOpen ? LastBatchOffset : End;
        if (complete < _state.End)
        {
            Problem ??= $"is damaged at byte {End}";
        }

        _content.Batch = Math.Max(_lineBatch, _state.Batch);
        foreach (long item in _state.Refused)
        {
            _ = _content.Refused.Add(item);
        }

        _content.Apply(_state.State);
    }

    /// <summary>
    /// A batch is written only after the one before it was synced, so a later one proves that what does not go on is no torn tail.
    /// </summary>
    private void JudgeTail(bool isLast)
    {
        if (Problem is not null || (End == _data.Length && !IsBatchOpen))
        {
            return;
        }

        if (!isLast || HasLaterBatch())
        {
            Problem = $"is damaged at byte {End}";
        }
    }

    private readonly bool HasLaterBatch()
    {
        // Version 1 does not say whether a batch is complete: where it cannot be told, nothing is cut.
        long incomplete = IsBatchOpen || _header.Version != OutboxHeader.Current ? _content.Batch : _content.Batch + 1;
        for (int at = Math.Min(End + 1, _data.Length); at < _data.Length; at++)
        {
            if (OutboxRecord.TryReadHeader(_data[at..], out OutboxRecord header)
                && header.Batch > incomplete
                && Enum.IsDefined(header.Type)
                && OutboxRecord.TryRead(_data[at..], _content.Salt, out _))
            {
                return true;
            }
        }

        return false;
    }
}
