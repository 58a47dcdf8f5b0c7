using Aldis.Journal.Storage;
using Aldis.Protocols.Integrity;

namespace Aldis.Journal.Embedded;

/// <summary>Makes a damaged journal one that can be opened, <c>docs/protocols/journal.md</c> section 7.</summary>
internal sealed class JournalRepair(IStorage storage, string directory, int window)
{
    private readonly ClientTable _clients = new();
    private readonly List<JournalDamage> _damage = [];
    private CommitCursor _cursor = CommitCursor.Before(1);
    private uint _salt;
    private int _widest;
    private uint _version = SegmentHeader.First;

    /// <summary>Repairs every damaged segment; those without damage are not touched.</summary>
    /// <returns>What was left out; null if no segment's header is left to read the others by.</returns>
    /// <exception cref="JournalVersionException">A segment is of another version; nothing was changed.</exception>
    public IReadOnlyList<JournalDamage>? Run()
    {
        List<long> numbers = SegmentName.List(storage, directory);
        if (!ReadHeaders(numbers))
        {
            return null;
        }

        for (int i = 0; i < numbers.Count; i++)
        {
            Repair(numbers[i], i == 0 ? numbers[i] : numbers[i - 1] + 1, isFirst: i == 0, isLast: i == numbers.Count - 1);
        }

        return _damage;
    }

    /// <summary>Finds the salt, and the largest window that any segment was written under.</summary>
    private bool ReadHeaders(List<long> numbers)
    {
        bool found = false;
        _widest = window;
        foreach (long number in numbers)
        {
            using SegmentReader? reader = SegmentReader.Open(storage, directory, number);
            if (reader?.ReadHeader() is { } header)
            {
                _salt = found ? _salt : header.Salt;
                _widest = Math.Max(_widest, header.WindowToKeep(_clients, window));
                _version = Math.Max(_version, header.Version);
                found = true;
            }
        }

        return found;
    }

    private void Repair(long number, long expected, bool isFirst, bool isLast)
    {
        byte[] old = ReadAll(number);
        byte[]? head = FindHead(old, number, isFirst, out long firstCommit, out int recordsOffset, out int windowToKeep);
        var salvage = new SegmentSalvage(RecordCodec.SaltCrc(_salt), windowToKeep, _clients, number);
        if (isFirst)
        {
            _cursor = CommitCursor.Before(firstCommit);
        }

        if (head is null && isFirst)
        {
            ReadOnlySpan<byte> records = old.AsSpan(Math.Min(recordsOffset, old.Length));
            MarkRestoration.Restore(storage, directory, number, records, _salt, _cursor, _clients);
        }

        // The marks of a rebuilt header are those of what came before the segment's records.
        byte[] newHead = head ?? SegmentHeader.Write(_version, _salt, number, firstCommit, 0, windowToKeep, _clients);
        byte[] forgetfulHead = head ?? SegmentHeader.Write(SegmentHeader.Forgetful, _salt, number, firstCommit, 0, windowToKeep, _clients);
        if (head is null)
        {
            var rebuilt = new JournalDamage(number, 0, recordsOffset, firstCommit, "its header was rebuilt");
            salvage.AddLoss(rebuilt, firstCommit - 1, ref _cursor);
        }
        else if (number != expected || !_cursor.Ended || _cursor.Next != firstCommit)
        {
            var missing = new JournalDamage(number, 0, 0, _cursor.Next, $"commits before {firstCommit} are missing");
            salvage.AddLoss(missing, firstCommit - 1, ref _cursor);
        }

        _ = salvage.Take(old.AsSpan(Math.Min(recordsOffset, old.Length)), number, recordsOffset, isLast, ref _cursor);
        if (salvage.Damage.Count > 0)
        {
            _damage.AddRange(salvage.Damage);
            Replace(number, old, salvage.HasForget ? forgetfulHead : newHead, salvage.Records);
        }
    }

    /// <summary>The header and marks of a segment, if they are sound, and where its records are in any case.</summary>
    private byte[]? FindHead(byte[] bytes, long number, bool isFirst, out long firstCommit, out int recordsOffset, out int windowToKeep)
    {
        windowToKeep = _widest;
        bool isHeader = SegmentHeader.TryRead(bytes, out SegmentHeader? header) && header.Number == number && header.Salt == _salt;
        if (isHeader && header!.RecordsOffset <= bytes.Length)
        {
            firstCommit = header.FirstCommit;
            recordsOffset = (int)header.RecordsOffset;
            ReadOnlySpan<byte> marks = bytes.AsSpan(SegmentHeader.FixedLength, header.MarksLength);
            ClientTable read = isFirst ? _clients : new ClientTable();
            if (Crc32C.Compute(marks) != header.MarksCrc || !MarkCodec.TryRead(marks, header.MarkCount, header.Version, number, read))
            {
                return null;
            }

            windowToKeep = header.WindowToKeep(read, window);
            if (!isFirst)
            {
                _clients.Follow(read, header.Version);
            }

            return bytes[..recordsOffset];
        }

        int first = RecordSearch.Find(bytes, RecordCodec.SaltCrc(_salt), isFirst ? 1 : _cursor.Last);
        recordsOffset = first < 0 ? bytes.Length : first;
        firstCommit = first < 0 ? _cursor.Next : RecordCodec.Decode(bytes.AsSpan(first)).Commit;
        return null;
    }

    private void Replace(long number, byte[] old, byte[] head, ReadOnlySpan<byte> records)
    {
        string path = SegmentName.PathOf(directory, number);
        WriteAll(path + SegmentName.DamagedSuffix, old, []);
        WriteAll(path + SegmentName.NewSuffix, head, records);
        storage.Rename(path + SegmentName.NewSuffix, path);
        storage.SyncDirectory(directory);
    }

    private void WriteAll(string path, byte[] first, ReadOnlySpan<byte> second)
    {
        using IStorageFile file = storage.OpenWrite(path);
        file.SetLength(0);
        file.Write(0, first);
        file.Write(first.Length, second);
        file.Sync();
    }

    private byte[] ReadAll(long number)
    {
        using IStorageFile? file = storage.OpenRead(SegmentName.PathOf(directory, number));
        if (file is null)
        {
            throw new FileNotFoundException($"Segment {number} of {directory} went away while the journal was repaired.");
        }

        if (file.Length > Array.MaxLength)
        {
            throw new IOException($"Segment {number} of {directory} is too large to be repaired: {file.Length} bytes.");
        }

        byte[] bytes = new byte[file.Length];
        _ = file.Read(0, bytes);
        return bytes;
    }
}
