using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>
/// The segment that is being written, and the birth of the next; <c>docs/protocols/journal.md</c> section 5. Both have their descriptors
/// before they are needed, and the directory has its own: where the process has none left, a journal that rotates needs none.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private static readonly byte[] Zeros = new byte[256 * 1024];

    private readonly IStorage _storage;
    private readonly IStorageRoot _root;
    private readonly string _directory;
    private readonly int _prepareBytes;
    private IStorageFile _file;
    private IStorageFile? _next;
    private long _recordsOffset;
    private long _preparedEnd;

    // Asked about after every sync.
    private string _path;

    private SegmentWriter(
        IStorage storage,
        IStorageRoot root,
        string directory,
        int prepareBytes,
        IStorageFile file,
        long number,
        long recordsOffset,
        long position)
    {
        _storage = storage;
        _root = root;
        _directory = directory;
        _prepareBytes = prepareBytes;
        _file = file;
        _recordsOffset = recordsOffset;
        Number = number;
        _path = SegmentName.PathOf(directory, number);
        Position = position;
        _preparedEnd = position;
    }

    /// <summary>Number of the segment.</summary>
    public long Number { get; private set; }

    /// <summary>Where the next batch goes, in bytes from the beginning of the file.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of records in the segment.</summary>
    public long RecordBytes => Position - _recordsOffset;

    /// <summary>Bytes of the marks it begins with.</summary>
    public long MarksBytes => _recordsOffset - SegmentHeader.FixedLength;

    /// <summary>Begins a segment.</summary>
    /// <param name="storage">Where the directory is.</param>
    /// <param name="root">The directory, opened; the caller's to dispose.</param>
    /// <param name="directory">Path of the directory.</param>
    /// <param name="prepareBytes">Zeros written ahead.</param>
    /// <param name="number">Number of the segment.</param>
    /// <param name="header">Its header with the marks.</param>
    public static SegmentWriter Create(
        IStorage storage, IStorageRoot root, string directory, int prepareBytes, long number, ReadOnlySpan<byte> header)
    {
        string path = SegmentName.PathOf(directory, number);
        IStorageFile file = OpenNew(storage, path);
        GiveBirth(storage, root, path, file, header);
        return new SegmentWriter(storage, root, directory, prepareBytes, file, number, header.Length, header.Length);
    }

    /// <summary>
    /// Goes on with a segment: cuts it at <paramref name="end"/>, writes its last commit again and makes all durable. Written again because
    /// pages whose write-back failed once are clean in the cache: a sync alone would not touch them.
    /// </summary>
    public static SegmentWriter Continue(
        IStorage storage,
        IStorageRoot root,
        string directory,
        int prepareBytes,
        long number,
        long recordsOffset,
        long lastCommitOffset,
        long end)
    {
        IStorageFile file = storage.OpenWrite(SegmentName.PathOf(directory, number));
        try
        {
            file.SetLength(end);
            byte[] buffer = new byte[Math.Min(end - lastCommitOffset, Zeros.Length)];
            for (long offset = lastCommitOffset; offset < end;)
            {
                int count = file.Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset)));
                if (count == 0)
                {
                    throw new IOException($"Segment {number} became shorter while it was opened.");
                }

                file.Write(offset, buffer.AsSpan(0, count));
                offset += count;
            }

            file.Sync();
            return new SegmentWriter(storage, root, directory, prepareBytes, file, number, recordsOffset, end);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Looks whether the file is what it was left as: nothing may be acknowledged into one that was deleted, replaced or
    /// cut.</summary>
    /// <exception cref="IOException">It is not; the message names it and says what happened.</exception>
    public void EnsureUnchanged()
    {
        if (FindChange() is { } change)
        {
            throw new IOException(change);
        }
    }

    /// <summary>As <see cref="EnsureUnchanged"/>, for who has a failure already.</summary>
    /// <returns>A sentence that names the file and says what happened to it; null where nothing did.</returns>
    public string? FindChange() =>
        _storage.FindChange(_path, _file, _preparedEnd) is { } change ? $"The journal's file '{_path}' {change}." : null;

    /// <summary>Writes a batch behind the last one.</summary>
    public void Write(ReadOnlySpan<byte> batch)
    {
        if (Position + batch.Length > _preparedEnd)
        {
            // A file that was cut has its length again after this.
            EnsureUnchanged();
        }

        _file.Write(Position, batch);
        Position += batch.Length;
        if (Position > _preparedEnd)
        {
            _preparedEnd = Position;
            for (int prepared = 0; prepared < _prepareBytes;)
            {
                int count = Math.Min(Zeros.Length, _prepareBytes - prepared);
                _file.Write(_preparedEnd, Zeros.AsSpan(0, count));
                _preparedEnd += count;
                prepared += count;
            }
        }
    }

    /// <summary>Makes all batches durable.</summary>
    public void Sync() => _file.Sync();

    /// <summary>Gives back the space prepared ahead; durable with the next sync.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Trim()
    {
        bool prepared = _preparedEnd > Position;
        if (prepared)
        {
            _file.SetLength(Position);
            _preparedEnd = Position;
        }

        return prepared;
    }

    /// <summary>Opens the file of the next segment ahead, unless it is open. It is <c>.new</c>, so a crash leaves nothing that counts.</summary>
    /// <exception cref="IOException">It cannot be opened; nothing has changed, and it can be tried again.</exception>
    public void PrepareNext()
    {
        string path = SegmentName.PathOf(_directory, Number + 1);
        if (_next is not null && !_storage.FileExists(path + SegmentName.NewSuffix))
        {
            // Somebody cleaned up.
            _next.Dispose();
            _next = null;
        }

        _next ??= OpenNew(_storage, path);
    }

    /// <summary>Ends the segment, which is synced, and begins the next.</summary>
    public void Rotate(ReadOnlySpan<byte> header)
    {
        // The next one must be born where this one is.
        EnsureUnchanged();
        _ = Trim();
        _file.Sync();
        PrepareNext();
        IStorageFile next = _next!;
        _next = null;
        string path = SegmentName.PathOf(_directory, Number + 1);
        GiveBirth(_storage, _root, path, next, header);
        _file.Dispose();
        _file = next;
        Number++;
        _path = path;
        Position = header.Length;
        _recordsOffset = header.Length;
        _preparedEnd = header.Length;
    }

    public void Dispose()
    {
        _file.Dispose();
        if (_next is null)
        {
            return;
        }

        _next.Dispose();
        _next = null;
        try
        {
            _storage.Delete(SegmentName.PathOf(_directory, Number + 1) + SegmentName.NewSuffix);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is empty and means nothing; the next opening deletes it.
        }
    }

    /// <summary>Opens the file of a segment to be; what fails in it is told by the name that it will have.</summary>
    private static IStorageFile OpenNew(IStorage storage, string path)
    {
        IStorageFile file = storage.OpenWrite(path + SegmentName.NewSuffix);
        file.NameInFailures(path);
        return file;
    }

    private static void GiveBirth(IStorage storage, IStorageRoot root, string path, IStorageFile file, ReadOnlySpan<byte> header)
    {
        try
        {
            file.SetLength(0);
            file.Write(0, header);
            file.Sync();
            storage.Rename(path + SegmentName.NewSuffix, path);
            root.SyncDirectory(string.Empty);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
