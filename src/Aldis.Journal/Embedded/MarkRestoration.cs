using System.Text;
using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>
/// Finds out what the damaged marks of a journal's first segment said: those of the next segment, less what the records between them
/// added. <c>docs/protocols/journal.md</c> section 7.
/// </summary>
internal static class MarkRestoration
{
    /// <summary>Restores the marks of a segment.</summary>
    /// <param name="storage">The files.</param>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="number">Number of the segment.</param>
    /// <param name="records">Its bytes from the first record on.</param>
    /// <param name="salt">The journal's salt.</param>
    /// <param name="cursor">The commit that the segment begins with.</param>
    /// <param name="clients">Gets the marks; left as it is where the next segment's marks cannot be read.</param>
    public static void Restore(
        IStorage storage, string directory, long number, ReadOnlySpan<byte> records, uint salt, CommitCursor cursor, ClientTable clients)
    {
        using SegmentReader? next = SegmentReader.Open(storage, directory, number + 1);
        var marks = new ClientTable();
        if (next?.ReadHeader() is not { } header || header.Salt != salt || !next.TryReadMarks(header, marks))
        {
            return;
        }

        var salvage = new SegmentSalvage(RecordCodec.SaltCrc(salt), window: 1, new ClientTable(), number);
        _ = salvage.Take(records, number, offset: 0, isLast: false, ref cursor);
        Dictionary<string, (long Before, bool IsForgotten)> firsts = FindFirsts(salvage.Records);

        // Where records are lost as well, nobody can say whose they were: no message is confirmed then that may be one of them.
        bool isWhole = salvage.Damage.Count == 0 && cursor.Ended && cursor.Next == header.FirstCommit;
        foreach (JournalClient mark in marks.All)
        {
            // What a client that was forgotten since had sent, nobody knows the CRCs of.
            (long last, bool isForgotten) = firsts.Remove(mark.Id, out (long Before, bool IsForgotten) first)
                ? first
                : (mark.Taken, false);
            bool hasCrcs = isWhole && !isForgotten;
            byte[] crcs = new byte[hasCrcs ? sizeof(uint) * mark.Crcs.CountForMark(last) : 0];
            if (last > 0)
            {
                _ = hasCrcs ? mark.Crcs.WriteMark(last, crcs) : 0;
                clients.GetOrAdd(mark.Id).RecoverMark(last, crcs, Math.Min(mark.Segment, number - 1));
            }
        }

        foreach ((string id, (long last, _)) in firsts.Where(static first => first.Value.IsForgotten))
        {
            clients.GetOrAdd(id).RecoverMark(last, crcs: [], number - 1);
        }
    }

    /// <summary>For each client in some sound records the number it had before the first of them, and whether that is where it was
    /// forgotten.</summary>
    private static Dictionary<string, (long Before, bool IsForgotten)> FindFirsts(ReadOnlySpan<byte> records)
    {
        var firsts = new Dictionary<string, (long, bool)>(StringComparer.Ordinal);
        while (!records.IsEmpty)
        {
            RecordHeader record = RecordCodec.Decode(records);
            if (record is { Type: RecordType.Message or RecordType.Forget, ClientLength: > 0 })
            {
                bool isForgotten = record.Type == RecordType.Forget;
                _ = firsts.TryAdd(
                    Encoding.ASCII.GetString(records.Slice(RecordCodec.FixedLength, record.ClientLength)),
                    (isForgotten ? record.Sequence : record.Sequence - 1, isForgotten));
            }

            records = records[record.Length..];
        }

        return firsts;
    }
}
