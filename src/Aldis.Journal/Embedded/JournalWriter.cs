using System.Text;
using Aldis.Journal.Storage;
using Aldis.Protocols.Integrity;

namespace Aldis.Journal.Embedded;

/// <summary>
/// What the writer thread does with the files: numbers the commits, writes, syncs, begins segments, deletes old ones, watches the free
/// space. Only that thread calls it. Every failure is an exception, after which none of it may be called again but Dispose.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    private const int SegmentBytesPerMarkByte = 4;
    private const long MaintenanceBytes = 8 * 1024 * 1024;
    private const long MaintenanceNanoseconds = 100_000_000;
    private const long LookNanoseconds = 1_000_000_000;
    private const long NoteRetryNanoseconds = 60_000_000_000;
    private const long ForgetNanoseconds = 3600_000_000_000;

    // Bounds a batch, and how many are told of at once.
    private const int MostForgottenAtOnce = 4096;

    private readonly JournalOptions _options;
    private readonly IStorage _storage;
    private readonly IStorageRoot _root;
    private readonly SegmentWriter _segment;
    private readonly CommitBatch _own = new();
    private readonly List<SegmentInfo> _older;
    private readonly SegmentAges _ages;
    private readonly uint _salt;
    private readonly uint _saltCrc;
    private readonly uint _version;
    private long _olderBytes;
    private long _commit;
    private long _bytesSinceMaintenance;
    private long _maintained = long.MinValue;
    private long _looked = long.MinValue;
    private long _noteFailed = long.MinValue;
    private bool _isRotationPostponed;
    private long? _forgotAt;

    private JournalWriter(
        JournalOptions options, IStorage storage, IStorageRoot root, SegmentWriter segment, JournalScan scan, uint salt, uint version)
    {
        _version = version;
        _options = options;
        _storage = storage;
        _root = root;
        _segment = segment;
        _salt = salt;
        _saltCrc = RecordCodec.SaltCrc(salt);
        _commit = scan.NextCommit;
        _older = scan.Segments.Count > 1 ? scan.Segments[..^1] : [];
        _olderBytes = _older.Sum(static segment => segment.Bytes);
        _ages = new SegmentAges(
            AgeFile.TryRead(storage, options.Directory, salt),
            _older.Select(segment => segment.Number).Union(version < SegmentHeader.Forgetful ? [] : FindGone(scan)),
            options.ReadBootId(),
            UnixTime.Now(options.TimeProvider),
            BootClock.Now(options.TimeProvider));
    }

    /// <summary>Bytes of all segments, without the space that is prepared ahead.</summary>
    public long SizeBytes => _olderBytes + _segment.Position;

    /// <summary>Whether free space was below the floor when it was looked at last.</summary>
    public bool IsDiskFull { get; private set; }

    /// <summary>Whether it is time to look for clients to be forgotten.</summary>
    public bool IsForgettingDue =>
        _options.ForgetAge is not null && _ages.AreBelieved && !IsDiskFull
        && !(BootClock.Now(_options.TimeProvider) - ForgetNanoseconds < _forgotAt);

    private long Oldest => _older.Count > 0 ? _older[0].Number : _segment.Number;

    /// <summary>Goes on where the scan, which found no damage, came to; all that was recovered is durable when this returns.</summary>
    /// <param name="options">How the journal is kept.</param>
    /// <param name="storage">Its files.</param>
    /// <param name="scan">What was found.</param>
    /// <param name="forgets">Whether clients may be forgotten: <see cref="EnsureHeader"/> must follow.</param>
    public static JournalWriter Open(JournalOptions options, IStorage storage, JournalScan scan, bool forgets)
    {
        uint version = forgets ? SegmentHeader.Forgetful : scan.Version;
        bool isNew = scan.Segments.Count == 0;
        uint salt = isNew ? options.CreateSalt() : scan.Salt;
        IStorageRoot root = storage.OpenRoot(options.Directory)
            ?? throw new DirectoryNotFoundException($"The directory {options.Directory} was removed while the journal was opened.");
        SegmentWriter? segment = null;
        try
        {
            if (isNew)
            {
                byte[] header = SegmentHeader.Write(
                    version, salt, 1, scan.NextCommit, UnixTime.Now(options.TimeProvider), options.Window, scan.Clients);
                segment = SegmentWriter.Create(storage, root, options.Directory, options.PrepareBytes, 1, header);
            }
            else
            {
                segment = SegmentWriter.Continue(storage, root, options.Directory, options.PrepareBytes,
                    scan.Segments[^1].Number, scan.RecordsOffset, scan.LastCommitOffset, scan.End);
            }

            root.SyncDirectory(string.Empty);
            return new JournalWriter(options, storage, root, segment, scan, salt, version);
        }
        catch
        {
            segment?.Dispose();
            root.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Begins a segment if the window is larger than the last one's header says, for whoever reads it must know how much to keep; or if
    /// clients may be forgotten, and its version knows nothing of that.
    /// </summary>
    public void EnsureHeader(JournalScan scan)
    {
        if (scan.Segments.Count > 0 && (scan.Window < _options.Window || scan.Version < _version))
        {
            if (!scan.HasEnded)
            {
                Seal();
            }

            Rotate(MakeNextHeader(scan.Clients));
        }
    }

    /// <summary>Whether the segment has no room for another batch: its last one has to end its commit.</summary>
    public bool IsFullAfter(int bytes) =>
        _segment.RecordBytes + bytes
            >= Math.Max(_options.SegmentBytes, Math.Min(_segment.MarksBytes * SegmentBytesPerMarkByte, JournalOptions.MaxSegmentBytes));

    /// <summary>Whether a full segment can be followed by the next now. If not, for want of a descriptor, it goes on beyond its size.</summary>
    public bool CanRotate()
    {
        try
        {
            _segment.PrepareNext();
            _isRotationPostponed = false;
        }
        catch (IOException exception) when (DescriptorShortage.IsReasonOf(exception))
        {
            if (!_isRotationPostponed)
            {
                _isRotationPostponed = true;
                _options.RotationPostponed?.Invoke(exception);
            }
        }

        return !_isRotationPostponed;
    }

    /// <summary>Makes the header of the next segment.</summary>
    /// <param name="clients">All clients; nobody else may use it meanwhile.</param>
    public byte[] MakeNextHeader(ClientTable clients)
    {
        clients.LetGoOfEnded(MarkCodec.MaxCrcBytes / sizeof(uint));
        return SegmentHeader.Write(
            _version, _salt, _segment.Number + 1, _commit, UnixTime.Now(_options.TimeProvider), _options.Window, clients);
    }

    /// <summary>Begins the next segment; the commits of the present one have ended.</summary>
    /// <param name="header">What <see cref="MakeNextHeader"/> made, nothing having been written since.</param>
    public void Rotate(byte[] header)
    {
        _older.Add(new SegmentInfo(_segment.Number, _segment.Position));
        _olderBytes += _segment.Position;
        _ages.HandleEnded(_segment.Number);
        _segment.Rotate(header);
    }

    /// <summary>Writes a batch.</summary>
    /// <param name="batch">The batch; not empty.</param>
    /// <param name="endsCommit">Whether the commit ends with it: <see cref="EndCommit"/> must follow.</param>
    public void Write(CommitBatch batch, bool endsCommit)
    {
        // Below durable nothing else is looked at before it is acknowledged.
        long now = BootClock.Now(_options.TimeProvider);
        if (now - LookNanoseconds >= _looked)
        {
            _segment.EnsureUnchanged();
            _looked = now;
        }

        batch.Seal(_commit, endsCommit, _saltCrc);
        _segment.Write(batch.Bytes);
        foreach (CommitBatch.Share share in batch.Shares)
        {
            if (share.Appender.Client is { } client)
            {
                client.Written = share.Sequence;
                client.Segment = _segment.Number;
            }
        }

        _bytesSinceMaintenance += batch.Length;
        _ages.HandleWritten(now);
    }

    /// <summary>Makes the commit durable, in a file that is still there; the next write belongs to the next one.</summary>
    public void EndCommit()
    {
        _segment.Sync();
        _segment.EnsureUnchanged();
        _commit++;
    }

    /// <summary>Ends the commit with a seal: nothing came after it.</summary>
    public void Seal()
    {
        _own.Clear();
        Span<byte> record = _own.Add(RecordCodec.FixedLength, appender: null);
        _ = RecordCodec.WriteHead(record, RecordType.Seal, 0, UnixTime.Now(_options.TimeProvider), [], [], Crc32C.Compute([]));
        WriteOwn();
    }

    /// <summary>Chooses clients to be forgotten because of their age.</summary>
    /// <param name="clients">All clients; nobody else may use them meanwhile.</param>
    public List<JournalClient> FindExpired(ClientTable clients)
    {
        List<JournalClient> expired = [];
        HashSet<long> wanted = [];
        long oldest = Oldest;
        _forgotAt = BootClock.Now(_options.TimeProvider);
        foreach (JournalClient client in clients.All)
        {
            _ = wanted.Add(client.Segment);
            if (client.IsAtRest
                && ForgetRule.IsExpired(client.Segment, oldest, _ages.AgeOf(client.Segment), _options.ForgetAge!.Value))
            {
                expired.Add(client);
                if (expired.Count == MostForgottenAtOnce)
                {
                    _forgotAt = null;
                    return expired;
                }
            }
        }

        _ages.KeepDeleted(oldest, wanted);
        return expired;
    }

    /// <summary>Makes it durable that clients are forgotten, in a commit of its own or at the end of the present one.</summary>
    /// <param name="clients">Who they are; nothing of them is under way, and none of their messages is left.</param>
    public void Forget(IEnumerable<JournalClient> clients)
    {
        _own.Clear();
        foreach (JournalClient client in clients)
        {
            byte[] id = Encoding.ASCII.GetBytes(client.Id);
            Span<byte> record = _own.Add(RecordCodec.FixedLength + id.Length, appender: null);
            _ = RecordCodec.WriteHead(
                record, RecordType.Forget, client.Written, UnixTime.Now(_options.TimeProvider), id, [], Crc32C.Compute([]));
        }

        WriteOwn();
    }

    /// <summary>How long ago a client's last message was written, at least.</summary>
    public TimeSpan AgeOf(JournalClient client) => _ages.AgeOf(client.Segment);

    /// <summary>Gives back the space prepared ahead; nothing is written afterwards.</summary>
    public void End()
    {
        if (_segment.Trim())
        {
            _segment.Sync();
        }

        NoteAges();
    }

    /// <summary>
    /// Looks at the clocks and at the free space and deletes what retention does not keep, unless that was done a moment ago.
    /// </summary>
    public void Maintain()
    {
        long elapsed = BootClock.Now(_options.TimeProvider);
        if (_bytesSinceMaintenance >= MaintenanceBytes || elapsed - MaintenanceNanoseconds >= _maintained)
        {
            _bytesSinceMaintenance = 0;
            _maintained = elapsed;
            if (_ages.Observe(UnixTime.Now(_options.TimeProvider), elapsed) is { } jump)
            {
                _options.ClockJumped?.Invoke(jump);
            }

            DeleteExpired();
            if (_ages.IsNoteDue && elapsed - NoteRetryNanoseconds >= _noteFailed)
            {
                NoteAges();
            }

            PrepareNext();
            IsDiskFull = _storage.GetFreeBytes(_options.Directory) < _options.FreeSpaceFloorBytes;
        }
    }

    /// <summary>What a failure came of. Where somebody takes the journal's files away anything may be what fails first, a look at the free
    /// space as well, and of that alone nobody would understand what happened.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <returns>What is to be told: that the file was changed, if it was; else <paramref name="failure"/>.</returns>
    public Exception FindCause(Exception failure) =>
        _segment.FindChange() is { } change ? new IOException(change, failure) : failure;

    public void Dispose()
    {
        _segment.Dispose();
        _root.Dispose();
    }

    /// <summary>Opens the next segment's file ahead. Where that fails now it may not before it is needed.</summary>
    private void PrepareNext()
    {
        try
        {
            _segment.PrepareNext();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A rotation says what it needs and does not get.
        }
    }

    /// <summary>Segments that are deleted and had a client's last message.</summary>
    private static IEnumerable<long> FindGone(JournalScan scan) =>
        scan.Clients.All.Select(static client => client.Segment).Where(segment => segment < scan.Segments[0].Number).Distinct();

    /// <summary>Writes the journal's own records, and ends the commit with them.</summary>
    private void WriteOwn()
    {
        _own.Seal(_commit, endsCommit: true, _saltCrc);
        _segment.Write(_own.Bytes);
        EndCommit();
    }

    private void DeleteExpired()
    {
        if (_options.RetainBytes is null && _options.RetainAge is null)
        {
            return;
        }

        SegmentInfo[] all = [.. _older, new SegmentInfo(_segment.Number, _segment.Position)];
        TimeSpan? maxAge = _ages.AreBelieved ? _options.RetainAge : null;
        foreach (RetentionReason reason in RetentionRule.FindExpired(all, _options.RetainBytes, maxAge, _ages.AgeOf))
        {
            // One after the other: after a crash no younger segment may be gone while an older one is there.
            (long number, long bytes) = _older[0];
            _storage.Delete(SegmentName.PathOf(_options.Directory, number));
            _root.SyncDirectory(string.Empty);
            _older.RemoveAt(0);
            _olderBytes -= bytes;
            _options.Deleted?.Invoke(new SegmentDeletion(number, bytes, _ages.AgeOf(number), reason));
            if (_version < SegmentHeader.Forgetful)
            {
                _ages.HandleDeleted(number);
            }
        }
    }

    private void NoteAges()
    {
        if (_ages.TakeNotes(_salt) is { } notes && !AgeFile.TryWrite(_storage, _root, _options.Directory, notes))
        {
            // The notes before stand; they make nothing older than it is, but what they do not know of a jump is to be tried again.
            _ages.KeepNoteDue();
            _noteFailed = notes.Elapsed;
        }
    }
}
