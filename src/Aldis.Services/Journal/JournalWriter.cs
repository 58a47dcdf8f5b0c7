using System.Diagnostics;
using Aldis.Protocols.Integrity;
using Aldis.Services.Storage;

namespace Aldis.Services.Journal;

/// <summary>
/// What the writer thread does with the files: numbers the commits, writes, syncs, begins segments, deletes old ones, watches the free
/// space. Only that thread calls it. Every failure is an exception, after which none of it may be called again but Dispose.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    private const int SegmentBytesPerMarkByte = 4;
    private const long MaintenanceBytes = 8 * 1024 * 1024;
    private const long MaintenanceNanoseconds = 100_000_000;

    private readonly JournalOptions _options;
    private readonly IStorage _storage;
    private readonly SegmentWriter _segment;
    private readonly CommitBatch _seal = new();
    private readonly List<SegmentInfo> _older;
    private readonly uint _salt;
    private readonly uint _saltCrc;
    private long _commit;
    private long _newest;
    private long _bytesSinceMaintenance;
    private long _maintained = long.MinValue;

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
    public bool IsFullAfter(int bytes) =>
        _segment.RecordBytes + bytes >= Math.Max(_options.SegmentBytes, _segment.MarksBytes * SegmentBytesPerMarkByte);

    /// <summary>Begins the next segment; the commits of the present one have ended.</summary>
    /// <param name="clients">All clients; nobody else may use it meanwhile.</param>
    public void Rotate(ClientTable clients)
    {
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
        foreach (CommitBatch.Share share in batch.Shares)
        {
            if (share.Appender.Client is { } client)
            {
                client.Written = share.Sequence;
            }
        }

        _bytesSinceMaintenance += batch.Length;
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
    public void Seal()
    {
        _seal.Clear();
        Span<byte> record = _seal.Add(RecordCodec.FixedLength, appender: null);
        _ = RecordCodec.WriteHead(record, RecordType.Seal, 0, UnixTime.Now(_options.TimeProvider), [], [], Crc32C.Compute([]));
        _seal.Seal(_commit, endsCommit: true, _saltCrc);
        _segment.Write(_seal.Bytes);
        _ = EndCommit();
    }

    /// <summary>Gives back the space prepared ahead; nothing is written afterwards.</summary>
    public void End()
    {
        if (_segment.Trim())
        {
            _segment.Sync();
        }
    }

    /// <summary>Looks at the free space and deletes what retention does not keep, unless that was done a moment ago.</summary>
    public void Maintain()
    {
        long now = UnixTime.Now(_options.TimeProvider);
        if (_bytesSinceMaintenance >= MaintenanceBytes || now - MaintenanceNanoseconds >= _maintained || now < _maintained)
        {
            _bytesSinceMaintenance = 0;
            _maintained = now;
            DeleteExpired(now);
            IsDiskFull = _storage.GetFreeBytes(_options.Directory) < _options.FreeSpaceFloorBytes;
        }
    }

    public void Dispose() => _segment.Dispose();

    private void DeleteExpired(long now)
    {
        if (_options.RetainBytes is null && _options.RetainAge is null)
        {
            return;
        }

        SegmentInfo[] all = [.. _older, new SegmentInfo(_segment.Number, _segment.Position, _newest)];
        int expired = RetentionRule.CountExpired(all, _options.RetainBytes, _options.RetainAge, now);
        for (int i = 0; i < expired; i++)
        {
            // One after the other: after a crash no younger segment may be gone while an older one is there.
            _storage.Delete(SegmentName.PathOf(_options.Directory, _older[0].Number));
            _storage.SyncDirectory(_options.Directory);
            _older.RemoveAt(0);
        }
    }
}
