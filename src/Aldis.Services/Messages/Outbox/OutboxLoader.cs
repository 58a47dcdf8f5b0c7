using System.Buffers.Binary;
using System.Globalization;
using Aldis.Protocols.Messages;
using Aldis.Services.Storage;

namespace Aldis.Services.Messages.Outbox;

/// <summary>Opens the segments of an outbox, cuts a torn tail and refuses what is damaged otherwise (docs/protocols/outbox.md section 5).</summary>
internal sealed class OutboxLoader(IStorage storage, string directory)
{
    private OutboxContent? _content;

    /// <summary>The segments, oldest first; the last one is written to. Empty for a new outbox.</summary>
    public List<OutboxSegment> Segments { get; } = [];

    /// <summary>Reads everything.</summary>
    /// <returns>What the outbox knows, or null for a new one.</returns>
    /// <exception cref="OutboxException">It is damaged.</exception>
    public OutboxContent? Load()
    {
        List<long> numbers = [];
        foreach (string name in storage.ListFiles(directory))
        {
            if (name.EndsWith(OutboxSegment.Suffix + FileOutbox.NewSuffix, StringComparison.Ordinal))
            {
                storage.Delete(Path.Combine(directory, name));
            }
            else if (name.EndsWith(OutboxSegment.Suffix, StringComparison.Ordinal)
                && long.TryParse(name.AsSpan(0, name.Length - OutboxSegment.Suffix.Length), NumberStyles.None, null, out long number))
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

    private void LoadSegment(long number, bool isLast)
    {
        IStorageFile file = storage.OpenWrite(Path.Combine(directory, OutboxSegment.Name(number)));
        byte[] bytes = new byte[file.Length];
        int length = file.Read(0, bytes);
        ReadOnlySpan<byte> data = bytes.AsSpan(0, length);
        OutboxContent? content = OutboxHeader.Read(data, number, out int at);
        if (content is null)
        {
            file.Dispose();
            throw Damaged(number, "has a damaged header");
        }

        if (_content is not null
            && (content.Salt != _content.Salt || content.Taken != _content.Taken || content.Batch != _content.Batch || content.State != _content.State))
        {
            file.Dispose();
            throw Damaged(number, "does not follow the one before it");
        }

        _content = content;
        OutboxSegment segment = new(number, content.Taken + 1, at, file);
        Segments.Add(segment);
        int lastBatch = at;
        while (OutboxRecord.TryRead(data[at..], content.Salt, out OutboxRecord record))
        {
            lastBatch = record.Batch == content.Batch ? lastBatch : at;
            Apply(content, record, data.Slice(at + OutboxRecord.HeaderLength, record.BodyLength));
            at += record.Length;
        }

        if (at < length)
        {
            if (!isLast || HasLaterBatch(data[(at + 1)..], content))
            {
                throw Damaged(number, $"is damaged at byte {at}");
            }

            file.SetLength(at);
        }

        segment.End = at;
        if (isLast)
        {
            // Written again, because pages whose write-back failed once look clean and a sync would not touch them.
            file.Write(lastBatch, data[lastBatch..at]);
            file.Sync();
            storage.SyncDirectory(directory);
        }
    }

    private static void Apply(OutboxContent content, OutboxRecord record, ReadOnlySpan<byte> body)
    {
        content.Batch = record.Batch;
        switch (record.Type)
        {
            case OutboxRecordType.Line:
                content.Taken++;
                break;
            case OutboxRecordType.Refused:
                _ = content.Refused.Add(BinaryPrimitives.ReadInt64LittleEndian(body));
                break;
            default:
                SenderState state = OutboxRecord.ReadState(body);
                content.Apply(state);
                break;
        }
    }

    /// <summary>A batch is written only after the one before it was synced, so a later one proves that the damage is no torn tail.</summary>
    private static bool HasLaterBatch(ReadOnlySpan<byte> data, OutboxContent content)
    {
        for (int at = 0; at < data.Length; at++)
        {
            // The damaged record belongs to the next batch at the latest.
            if (OutboxRecord.TryRead(data[at..], content.Salt, out OutboxRecord record) && record.Batch > content.Batch + 1)
            {
                return true;
            }
        }

        return false;
    }

    private OutboxException Damaged(long number, string how) => new(
        $"The outbox {directory} is damaged: {OutboxSegment.Name(number)} {how}. Nothing was changed. "
        + "What it holds cannot be told any more; use a new outbox, and the server's journal to see what arrived.");
}
