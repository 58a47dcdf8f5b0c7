using System.Buffers;
using Aldis.Protocols.Integrity;

namespace Aldis.Journal.Embedded;

/// <summary>Takes the sound records out of a damaged segment, <c>docs/protocols/journal.md</c> section 7.</summary>
internal sealed class SegmentSalvage(uint saltCrc, int window, ClientTable clients, long segment)
{
    private readonly ArrayBufferWriter<byte> _records = new();
    private readonly List<JournalDamage> _damage = [];

    /// <summary>The records of the repaired segment.</summary>
    public ReadOnlySpan<byte> Records => _records.WrittenSpan;

    /// <summary>Whether a client is forgotten in them: they need a segment of version 2.</summary>
    public bool HasForget { get; private set; }

    /// <summary>What was left out.</summary>
    public IReadOnlyList<JournalDamage> Damage => _damage;

    /// <summary>Puts a loss record.</summary>
    /// <param name="damage">What it stands for.</param>
    /// <param name="commit">Commit number it carries, not below that of the record before it.</param>
    /// <param name="cursor">Goes past it.</param>
    public void AddLoss(JournalDamage damage, long commit, ref CommitCursor cursor)
    {
        _damage.Add(damage);
        clients.HasLosses = true;
        Span<byte> record = stackalloc byte[RecordCodec.FixedLength];
        _ = RecordCodec.WriteHead(record, RecordType.Loss, damage.Bytes, 0, [], [], Crc32C.Compute([]));
        _ = RecordCodec.Seal(record, Math.Max(commit, cursor.Last), RecordFlags.EndsBatch | RecordFlags.EndsCommit, saltCrc);
        _ = cursor.TryAdvance(RecordCodec.Decode(record));
        _records.Write(record);
    }

    /// <summary>Takes all sound records of a segment, with a loss record for each stretch between them.</summary>
    /// <param name="data">The bytes of the segment from its first record on.</param>
    /// <param name="number">Number of the segment.</param>
    /// <param name="offset">Where in the file <paramref name="data"/> begins.</param>
    /// <param name="isLast">Whether it is the journal's last: its torn tail is no damage, and is left out without a word.</param>
    /// <param name="cursor">Where the commits stand; goes past the records.</param>
    /// <returns>How many bytes were gone through: all up to the unwritten space or the torn tail.</returns>
    public int Take(ReadOnlySpan<byte> data, long number, long offset, bool isLast, ref CommitCursor cursor)
    {
        long begin = offset;
        while (data.ContainsAnyExcept((byte)0))
        {
            RecordStatus status = RecordCodec.TryRead(data, saltCrc, out RecordHeader record);
            if (status == RecordStatus.Sound && cursor.TryAdvance(record))
            {
                Keep(data[..record.Length], record);
                data = data[record.Length..];
                offset += record.Length;
                continue;
            }

            if (TailRule.Judge(data, saltCrc, cursor.Next, isLast) == TailVerdict.TornTail)
            {
                break;
            }

            int next = RecordSearch.Find(data, saltCrc, cursor.Last);
            int skipped = next < 0 ? data.LastIndexOfAnyExcept((byte)0) + 1 : next;
            AddLoss(new JournalDamage(number, offset, skipped, cursor.Next, "damaged records were left out"), cursor.Last, ref cursor);
            data = data[skipped..];
            offset += skipped;
        }

        return (int)(offset - begin);
    }

    private void Keep(ReadOnlySpan<byte> bytes, in RecordHeader record)
    {
        _records.Write(bytes);
        clients.HasLosses |= record.Type == RecordType.Loss;
        if (record.ClientLength == 0)
        {
            return;
        }

        JournalClient client = clients.GetOrAdd(bytes.Slice(RecordCodec.FixedLength, record.ClientLength));
        if (record.Type == RecordType.Message)
        {
            clients.Recover(client, record.Sequence, record.PayloadCrc, window, segment);
        }
        else if (record.Type == RecordType.Forget)
        {
            HasForget = true;
            clients.Remove(client);
        }
    }
}
