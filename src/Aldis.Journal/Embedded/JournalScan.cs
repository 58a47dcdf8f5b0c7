using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>
/// Reads a whole journal as it is opened, <c>docs/protocols/journal.md</c> section 6: what each client has, where the records end, and
/// whether what follows them is a torn tail or damage.
/// </summary>
internal sealed class JournalScan(
    IStorage storage, string directory, int window, IScanObserver? observer = null, Action<JournalScan, int>? progress = null)
{
    private CommitCursor _cursor;
    private long _commit;
    private int _windowToKeep;
    private long _segment;

    /// <summary>Marks and last CRCs of all clients.</summary>
    public ClientTable Clients { get; } = new();

    /// <summary>The segments, oldest first.</summary>
    public List<SegmentInfo> Segments { get; } = [];

    /// <summary>The first damage, or null. With damage all else is as far as the scan came.</summary>
    public JournalDamage? Damage { get; private set; }

    /// <summary>The journal's salt; meaningful where there is a segment.</summary>
    public uint Salt { get; private set; }

    /// <summary>Number of messages.</summary>
    public long Messages { get; private set; }

    /// <summary>Number of the commit that comes next, or goes on.</summary>
    public long NextCommit => _cursor.Next;

    /// <summary>Where the records of the last segment begin.</summary>
    public long RecordsOffset { get; private set; }

    /// <summary>Where in the last segment the last commit begins.</summary>
    public long LastCommitOffset { get; private set; }

    /// <summary>Where in the last segment the last complete batch ends.</summary>
    public long End { get; private set; }

    /// <summary>Bytes that were read.</summary>
    public long BytesRead => Segments.Sum(static segment => segment.Bytes);

    /// <summary>Bytes behind <see cref="End"/> that belong to no complete batch.</summary>
    public long TornBytes { get; private set; }

    /// <summary>Version of the last segment; that of the first version where there is none.</summary>
    public uint Version { get; private set; } = SegmentHeader.First;

    /// <summary>The window the header of the last segment names; 0 where it names none.</summary>
    public int Window { get; private set; }

    /// <summary>Whether the last record ended its commit, or there is none.</summary>
    public bool HasEnded => _cursor.Ended;

    /// <summary>Reads the journal.</summary>
    public void Run()
    {
        _cursor = CommitCursor.Before(1);
        List<long> numbers = SegmentName.List(storage, directory);
        for (int i = 0; i < numbers.Count && Damage is null; i++)
        {
            using SegmentReader reader = SegmentReader.Open(storage, directory, numbers[i])
                ?? throw new FileNotFoundException($"Segment {numbers[i]} of {directory} went away while the journal was read.");
            bool follows = i == 0 || numbers[i] == numbers[i - 1] + 1;
            ReadSegment(reader, numbers[i], isFirst: i == 0, isLast: i == numbers.Count - 1, follows);
            progress?.Invoke(this, numbers.Count);
        }
    }

    private void ReadSegment(SegmentReader reader, long number, bool isFirst, bool isLast, bool follows)
    {
        ClientTable marks = isFirst ? Clients : new ClientTable();
        SegmentHeader? header = reader.ReadHeader();
        if (header is null || !reader.TryReadMarks(header, marks) || header.Number != number || (!isFirst && header.Salt != Salt))
        {
            Damage = new JournalDamage(number, 0, header?.RecordsOffset ?? reader.Length, _cursor.Next, "its header is damaged");
            return;
        }

        Salt = header.Salt;
        Version = header.Version;
        Window = header.Window;
        _windowToKeep = header.WindowToKeep(marks, window);
        RecordsOffset = header.RecordsOffset;
        LastCommitOffset = header.RecordsOffset;
        observer?.OnSegment(number, header.Version, marks, Clients);
        if (isFirst)
        {
            _cursor = CommitCursor.Before(header.FirstCommit);
        }
        else
        {
            follows = follows && _cursor.Ended && _cursor.Next == header.FirstCommit;
            Clients.Follow(marks, header.Version);
        }

        _segment = number;
        bool readable = ReadBatches(reader, follows);
        Segments.Add(new SegmentInfo(number, reader.Length));
        if (!readable)
        {
            Damage = new JournalDamage(number, 0, 0, _cursor.Next, $"commits before its first, {header.FirstCommit}, are missing");
            return;
        }

        long end;
        do
        {
            // A running server may have added commits between the last batch read and the look at what follows it.
            end = reader.Position;
            Damage = JudgeRest(reader, number, isLast);
        }
        while (Damage is not null && ReadBatches(reader, follows: true) && reader.Position > end);

        End = reader.Position;
    }

    /// <summary>Reads the complete batches.</summary>
    /// <returns>False if the segment does not follow what was read before, and no loss record says so.</returns>
    private bool ReadBatches(SegmentReader reader, bool follows)
    {
        long offset = reader.Position;
        while (reader.ReadBatch(ref _cursor, out ReadOnlySpan<byte> batch) == RecordStatus.Sound)
        {
            if (!follows && RecordCodec.Decode(batch).Type != RecordType.Loss)
            {
                return false;
            }

            follows = true;
            if (_cursor.Last != _commit)
            {
                _commit = _cursor.Last;
                LastCommitOffset = offset;
            }

            ReadRecords(batch);
            offset = reader.Position;
        }

        return follows;
    }

    private void ReadRecords(ReadOnlySpan<byte> batch)
    {
        while (!batch.IsEmpty)
        {
            RecordHeader record = RecordCodec.Decode(batch);
            if (record.Type == RecordType.Loss)
            {
                Clients.HasLosses = true;
                observer?.OnLoss(record.Sequence);
            }
            else if (record.Type == RecordType.Forget)
            {
                JournalClient client = Clients.GetOrAdd(batch.Slice(RecordCodec.FixedLength, record.ClientLength));
                observer?.OnForget(client, record.Sequence);
                Clients.Remove(client);
            }
            else if (record.Type == RecordType.Message)
            {
                Messages++;
                if (record.ClientLength > 0)
                {
                    JournalClient client = Clients.GetOrAdd(batch.Slice(RecordCodec.FixedLength, record.ClientLength));
                    observer?.OnMessage(client, record.Sequence, record.TimeNanoseconds);
                    Clients.Recover(client, record.Sequence, record.PayloadCrc, _windowToKeep, _segment);
                }
            }

            batch = batch[record.Length..];
        }
    }

    private JournalDamage? JudgeRest(SegmentReader reader, long number, bool isLast)
    {
        byte[] rest = reader.ReadRest();
        int used = rest.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        TornBytes = used;
        return used == 0 || TailRule.Judge(rest, RecordCodec.SaltCrc(Salt), _cursor.Next, isLast) == TailVerdict.TornTail
            ? null
            : new JournalDamage(
                number, reader.Position, used, _cursor.Next, "records are damaged, and others after them show that they were durable");
    }
}
