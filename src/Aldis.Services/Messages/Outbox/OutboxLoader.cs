using System.Globalization;
using Aldis.Journal.Storage;

namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// Opens the segments of an outbox: first everything is read and judged, and what is damaged is refused as it is; only then a torn tail is
/// cut and the last batch made safe (docs/protocols/outbox.md section 6).
/// </summary>
internal sealed class OutboxLoader(IStorage storage, string directory)
{
    /// <summary>What version 1 called a segment that was being born.</summary>
    private const string NewSuffix = ".new";

    private readonly List<string> _leftovers = [];
    private OutboxContent? _content;
    private long _lastLength;
    private (long Offset, byte[] Bytes) _lastBatch;
    private (long Offset, byte[] Bytes) _slot;

    /// <summary>The segments, oldest first; the last one is written to. Empty for a new outbox.</summary>
    public List<OutboxSegment> Segments { get; } = [];

    /// <summary>Reads everything and changes nothing.</summary>
    /// <returns>What the outbox knows, or null for a new one.</returns>
    /// <exception cref="OutboxException">It is damaged, or of a newer version.</exception>
    public OutboxContent? Load()
    {
        List<long> numbers = [];
        foreach (string name in storage.ListFiles(directory))
        {
            if (name.EndsWith(OutboxSegment.Suffix + NewSuffix, StringComparison.Ordinal))
            {
                _leftovers.Add(name);
            }
            else if (name.EndsWith(OutboxSegment.Suffix, StringComparison.Ordinal)
                && long.TryParse(name.AsSpan(0, name.Length - OutboxSegment.Suffix.Length), NumberStyles.None, null, out long number)
                && name == OutboxSegment.Name(number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        for (int index = 0; index < numbers.Count; index++)
        {
            if (numbers[index] != numbers[0] + index)
            {
                throw Damaged(numbers[0] + index, "is missing");
            }

            LoadSegment(numbers[index], isLast: index == numbers.Count - 1);
        }

        if (_content is not null && Segments[0].FirstItem - 1 > _content.State.AcknowledgedItem)
        {
            throw Damaged(numbers[0] - 1, "is missing");
        }

        return _content;
    }

    /// <summary>Cuts the torn tail and makes what was read safe.</summary>
    public void Recover()
    {
        foreach (string name in _leftovers)
        {
            storage.Delete(Path.Combine(directory, name));
        }

        if (Segments is [.., OutboxSegment last])
        {
            if (last.End < _lastLength)
            {
                last.File.SetLength(last.End);
            }

            // Written again, because pages whose write-back failed once look clean and a sync would not touch them.
            last.File.Write(_lastBatch.Offset, _lastBatch.Bytes);
            last.File.Write(_slot.Offset, _slot.Bytes);
            last.File.Sync();
            storage.SyncDirectory(directory);
        }
    }

    private void LoadSegment(long number, bool isLast)
    {
        IStorageFile file = storage.OpenWrite(Path.Combine(directory, OutboxSegment.Name(number)));
        try
        {
            LoadSegment(number, isLast, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void LoadSegment(long number, bool isLast, IStorageFile file)
    {
        if (file.Length > Array.MaxLength)
        {
            throw Damaged(number, "is longer than a segment can be");
        }

        byte[] bytes = new byte[file.Length];
        Span<byte> data = bytes.AsSpan(0, file.Read(0, bytes));
        if (OutboxHeader.ReadVersion(data) is uint version && !OutboxHeader.IsKnown(version))
        {
            throw new OutboxException(
                $"The outbox {directory} cannot be used: {OutboxSegment.Name(number)} is of version {version}, which this version of aldis does "
                + "not know. Nothing was changed. Use the version that wrote it.");
        }

        OutboxHeader header = OutboxHeader.Read(data, number) ?? throw Damaged(number, "has a damaged header");
        if (_content is not null && !Follows(header))
        {
            throw Damaged(number, "does not follow the one before it");
        }

        OutboxSegment segment = new(number, header, file);
        OutboxScan scan = OutboxScan.Read(data, header, isLast);
        if (scan.Problem is string problem)
        {
            throw Damaged(number, problem);
        }

        if (scan.IsBatchOpen)
        {
            // What is sound of a batch that was torn stays, and is all of it from now on.
            OutboxRecord.MarkLast(data[scan.LastRecordOffset..scan.End], header.Content.Salt);
        }

        _content = header.Content;
        segment.End = scan.End;
        segment.Slot = scan.Slot;
        Segments.Add(segment);
        _lastLength = data.Length;
        _lastBatch = (scan.LastBatchOffset, data[scan.LastBatchOffset..scan.End].ToArray());
        _slot = scan.Slot is int slot
            ? (segment.SlotOffset(slot), data.Slice((int)segment.SlotOffset(slot), OutboxSlot.Size).ToArray())
            : (scan.End, []);
    }

    /// <summary>Whether a header says what the segments before it came to.</summary>
    private bool Follows(OutboxHeader header)
    {
        OutboxContent content = header.Content;
        if (header.Version != OutboxHeader.Current)
        {
            // Version 1 kept no digest; that of the segments before goes on.
            content.Begin(content.Taken, _content!.Digest);
        }

        bool isSameState = content.Batch == _content!.Batch && content.State == _content.State && content.Refused.SetEquals(_content.Refused);
        return content.Salt == _content.Salt
            && content.ClientId == _content.ClientId
            && content.Taken == _content.Taken
            && content.Digest == _content.Digest
            && (header.IsBatch ? content.Batch == _content.Batch + 1 : isSameState)
            && (header.Version == OutboxHeader.Current || !Segments[^1].IsCurrent);
    }

    private OutboxException Damaged(long number, string how) => new(
        $"The outbox {directory} is damaged: {OutboxSegment.Name(number)} {how}. Nothing was changed. "
        + "What it holds cannot be told any more; use a new outbox, and the server's journal to see what arrived.");
}
