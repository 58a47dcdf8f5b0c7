using System.Diagnostics;
using Aldis.Services.Storage;

namespace Aldis.Services.Journal;

/// <summary>
/// What the writer thread does with the files: numbers the commits, writes, syncs, begins segments, deletes old ones, watches the free
/// space. Only that thread calls it. Every failure is an exception, after which none of it may be called again but Dispose.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    private const int SegmentBytesPerMarkByte = 4;
    private const long SpaceCheckBytes = 8 * 1024 * 1024;
    private const long SpaceCheckNanoseconds = 100_000_000;

    private readonly JournalOptions _options;
    private readonly IStorage _storage;
    private readonly SegmentWriter _segment;
    private readonly CommitBatch _seal = new();
    private readonly List<SegmentInfo> _older;
    private readonly uint _salt;
    private readonly uint _saltCrc;
    private long _commit;
    private long _newest;
    private long _bytesSinceSpaceCheck;
    private long _spaceChecked = long.MinValue; // never

    private JournalWriter(JournalOptions options, IStorage storage, SegmentWriter segment, JournalScan scan, uint salt)
    {
        _options = options;
        _storage = storage;
        _segment = segment;
        _salt = salt;
        _saltCrc = RecordCodec.SaltCrc(salt);
        _commit = scan.NextCommit;
        _older = scan.Segments.Count > 1 ? scan.Segments[..^1] : [];
        _newest = scan.Segments.Count > 0 ? scan.Segments[^1].NewestNanoseconds : UnixTime.Now(options.TimeProvider);
    }

    /// <summary>Whether free space was below the floor when it was looked at last.</summary>
    public bool IsDiskFull { get; private set; }

    /// <summary>Number of segments.</summary>
    public int Segments => _older.Count + 1;

    /// <summary>Number of syncs of segments.</summary>
    public long Syncs { get; private set; }

    /// <summary>Goes on where the scan, which found no damage, came to; all that was recovered is durable when this returns.</summary>
    public static JournalWriter Open(JournalOptions options, IStorage storage, JournalScan scan)
    {
        bool isNew = scan.Segments.Count == 0;
        uint salt = isNew ? options.CreateSalt() : scan.Salt;
        SegmentWriter segment;
        if (isNew)
        {
            byte[] header = SegmentHeader.Write(salt, 1, scan.NextCommit, UnixTime.Now(options.TimeProvider), scan.Clients);
            segment = SegmentWriter.Create(storage, options.Directory, options.PrepareBytes, 1, header);
        }
        else
        {
            segment = SegmentWriter.Continue(storage, options.Directory, options.PrepareBytes,
                scan.Segments[^1].Number, scan.RecordsOffset, scan.LastCommitOffset, scan.End);
        }

        storage.SyncDirectory(options.Directory);
        return new JournalWriter(options, storage, segment, scan, salt);
    }

    /// <summary>Whether the segment has no room for another batch: its last one has to end its commit.</summary>
    public bool IsFullAfter(int bytes) => _segment.RecordBytes + bytes >= Math.Max(_options.SegmentBytes, _segment.HeaderBytes * SegmentBytesPerMarkByte);

    /// <summary>Begins the next segment where the present one is full.</summary>
    /// <param name="clients">All clients; nobody else may use it meanwhile.</param>
    public void RotateIfFull(ClientTable clients)
    {
        if (!IsFullAfter(0))
        {
            return;
        }

        _segment.Trim();
        _older.Add(new SegmentInfo(_segment.Number, _segment.Position, _newest));
        _segment.Rotate(SegmentHeader.Write(_salt, _segment.Number + 1, _commit, UnixTime.Now(_options.TimeProvider), clients));
        _newest = UnixTime.Now(_options.TimeProvider);
    }

    /// <summary>Writes a batch.</summary>
    /// <param name="batch">The batch; not empty.</param>
    /// <param name="endsCommit">Whether the commit ends with it: <see cref="EndCommit"/> must follow.</param>
    /// <returns>What was done; the sync comes later.</returns>
    public CommitReport Write(CommitBatch batch, bool endsCommit)
    {
        long begin = Stopwatch.GetTimestamp();
        batch.Seal(_commit, endsCommit, _saltCrc);
        _segment.Write(batch.Bytes);
        _bytesSinceSpaceCheck += batch.Length;
        _newest = UnixTime.Now(_options.TimeProvider);
        return new CommitReport(_commit, batch.Records, batch.Length, Stopwatch.GetElapsedTime(begin), TimeSpan.Zero);
    }

    /// <summary>Makes the commit durable; the next write belongs to the next one.</summary>
    /// <returns>How long the sync took.</returns>
    public TimeSpan EndCommit()
    {
        long begin = Stopwatch.GetTimestamp();
        _segment.Sync();
        Syncs++;
        _commit++;
        return Stopwatch.GetElapsedTime(begin);
    }

    /// <summary>Ends the commit with a seal: nothing came after it.</summary>
    /// <param name="trim">Whether to give back the space prepared ahead, because the journal is closed.</param>
    public void Seal(bool trim)
    {
        _seal.Clear();
        Span<byte> record = _seal.Add(RecordCodec.FixedLength, appender: null);
        _ = RecordCodec.WriteHead(record, RecordType.Seal, 0, UnixTime.Now(_options.TimeProvider), [], [], Crc32C.Compute([]));
        _seal.Seal(_commit, endsCommit: true, _saltCrc);
        _segment.Write(_seal.Bytes);
        if (trim)
        {
            _segment.Trim();
        }

        _ = EndCommit();
    }

    /// <summary>Looks at the free space, unless that was done a moment ago.</summary>
    public void CheckSpace()
    {
        long now = UnixTime.Now(_options.TimeProvider);
        if (_bytesSinceSpaceCheck >= SpaceCheckBytes || now - SpaceCheckNanoseconds >= _spaceChecked || now < _spaceChecked)
        {
            _bytesSinceSpaceCheck = 0;
            _spaceChecked = now;
            IsDiskFull = _storage.GetFreeBytes(_options.Directory) < _options.FreeSpaceFloorBytes;
        }
    }

    /// <summary>Deletes the segments retention does not keep.</summary>
    public void DeleteExpired()
    {
        if (_options.RetainBytes is null && _options.RetainAge is null)
        {
            return;
        }

        SegmentInfo[] all = [.. _older, new SegmentInfo(_segment.Number, _segment.Position, _newest)];
        int expired = RetentionRule.CountExpired(all, _options.RetainBytes, _options.RetainAge, UnixTime.Now(_options.TimeProvider));
        for (int i = 0; i < expired; i++)
        {
            // One after the other: after a crash no younger segment may be gone while an older one is there.
            _storage.Delete(SegmentName.PathOf(_options.Directory, _older[0].Number));
            _storage.SyncDirectory(_options.Directory);
            _older.RemoveAt(0);
        }
    }

    public void Dispose() => _segment.Dispose();
}
