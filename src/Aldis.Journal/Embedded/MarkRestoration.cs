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

        var salvage = new SegmentSalvage(RecordCodec.SaltCrc(salt), window: 1, new ClientTable());
        _ = salvage.Take(records, number, offset: 0, isLast: false, ref cursor);
        Dictionary<string, long> firsts = FindFirsts(salvage.Records);

        // Where records are lost as well, nobody can say whose they were: no message is confirmed then that may be one of them.
        bool isWhole = salvage.Damage.Count == 0 && cursor.Ended && cursor.Next == header.FirstCommit;
        foreach (JournalClient mark in marks.All)
        {
            long last = firsts.TryGetValue(mark.Id, out long first) ? first - 1 : mark.Taken;
            byte[] crcs = new byte[isWhole ? sizeof(uint) * mark.Crcs.CountForMark(last) : 0];
            if (last > 0)
            {
                _ = isWhole ? mark.Crcs.WriteMark(last, crcs) : 0;
                clients.GetOrAdd(Encoding.ASCII.GetBytes(mark.Id)).RecoverMark(last, crcs);
            }
        }
    }

    /// <summary>The first number of each client in some sound records.</summary>
    private static Dictionary<string, long> FindFirsts(ReadOnlySpan<byte> records)
    {
        var firsts = new Dictionary<string, long>(StringComparer.Ordinal);
        while (!records.IsEmpty)
        {
            RecordHeader record = RecordCodec.Decode(records);
            if (record is { Type: RecordType.Message, ClientLength: > 0 })
            {
                _ = firsts.TryAdd(Encoding.ASCII.GetString(records.Slice(RecordCodec.FixedLength, record.ClientLength)), record.Sequence);
            }

            records = records[record.Length..];
        }

        return firsts;
    }
}
