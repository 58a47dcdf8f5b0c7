using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Aldis.Journal.Storage;
using Aldis.Protocols.Messages;

namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// An outbox on disk: a directory that one process at a time has open. A line is the outbox's once it is synced; whole segments of
/// acknowledged lines are deleted. The format is in docs/protocols/outbox.md.
/// </summary>
internal sealed class FileOutbox : IOutbox
{
    private const string LockName = "lock";
    private const int IdBytes = 8;

    private readonly OutboxOptions _options;
    private readonly IStorage _storage;
    private readonly IDisposable _lock;
    private readonly List<OutboxSegment> _segments;
    private readonly OutboxContent _content;
    private readonly OutboxSpare _spare;
    private readonly List<byte> _batch = [];
    private readonly List<long> _notedRefused = [];

    private SenderState? _notedState;
    private LineDigest? _notedDigest;
    private int _notedLines;
    private int _lastRecord;
    private int _readSegment;
    private long _readOffset;
    private long _readItem;
    private string? _failure;

    private FileOutbox(OutboxOptions options, IDisposable held, List<OutboxSegment> segments, OutboxContent content, OutboxSpare spare)
    {
        _options = options;
        _storage = options.Storage;
        _lock = held;
        _segments = segments;
        _content = content;
        _spare = spare;
        _notedDigest = content.Digest;
        _readOffset = segments[0].RecordsOffset;
        _readItem = segments[0].FirstItem;
    }

    /// <inheritdoc/>
    public string ClientId => _content.ClientId;

    /// <inheritdoc/>
    public long Taken => _content.Taken;

    /// <inheritdoc/>
    public bool HoldsInMemory => false;

    /// <inheritdoc/>
    public LineDigest? Digest => _content.Digest;

    /// <inheritdoc/>
    public SenderState State => _content.State;

    /// <summary>Opens an outbox, or creates it.</summary>
    /// <param name="options">Where it is.</param>
    /// <returns>The outbox; what it had written before it was killed is safe now.</returns>
    /// <exception cref="OutboxException">Another process has it open, it is damaged, it belongs to another client id, or its files cannot be
    /// used.</exception>
    public static FileOutbox Open(OutboxOptions options)
    {
        if (options.ClientId is not null && !Protocols.Framing.ClientId.IsValid(options.ClientId))
        {
            throw new OutboxException($"'{options.ClientId}' is no client id: 1 to 32 characters of A-Z a-z 0-9 . _ -");
        }

        if (options.Storage.FileExists(options.Directory))
        {
            throw new OutboxException($"{options.Directory} is a file; an outbox is a directory. Name another one.");
        }

        try
        {
            options.Storage.CreateDirectory(options.Directory);
            IDisposable held = options.Storage.TryLock(Path.Combine(options.Directory, LockName))
                ?? throw new OutboxException($"The outbox {options.Directory} is in use by another process. Wait for it, or name another directory.");
            return Open(options, held);
        }
        catch (Exception exception) when (IsFromStorage(exception))
        {
            throw new OutboxException($"The outbox {options.Directory} cannot be used: {Reason(exception)}");
        }
    }

    /// <inheritdoc/>
    public long Add(ReadOnlySpan<byte> line)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(line.Length, _options.MaxLineBytes, nameof(line));
        _lastRecord = _batch.Count;
        OutboxRecord.AppendLine(_batch, _content.Salt, _content.Batch + 1, line);
        _notedDigest = _notedDigest?.Add(line);
        return _content.Taken + ++_notedLines;
    }

    /// <inheritdoc/>
    public void NoteRefused(long item) => _notedRefused.Add(item);

    /// <inheritdoc/>
    public void NoteState(SenderState state) => _notedState = state == _content.State && _notedRefused.Count == 0 ? null : state;

    /// <inheritdoc/>
    public void Sync()
    {
        if (_failure is not null)
        {
            throw new OutboxException(_failure);
        }

        if (_notedLines > 0)
        {
            TakeLines();
        }

        if (_notedState is SenderState state)
        {
            Guard(() => WriteState(state));
        }
    }

    /// <inheritdoc/>
    public bool TryReadNext(out long item, out byte[] payload)
    {
        Span<byte> header = stackalloc byte[OutboxRecord.HeaderLength];
        while (true)
        {
            OutboxSegment segment = _segments[_readSegment];
            if (_readOffset >= segment.End)
            {
                if (_readSegment == _segments.Count - 1)
                {
                    (item, payload) = (0, []);
                    return false;
                }

                _readSegment++;
                _readOffset = _segments[_readSegment].RecordsOffset;
                continue;
            }

            long at = _readOffset;
            if (!TryRead(segment, at, header) || !OutboxRecord.TryReadHeader(header, out OutboxRecord record)
                || record.Length > segment.End - at)
            {
                throw Unreadable(segment, at);
            }

            _readOffset += record.Length;
            if (record.Type == OutboxRecordType.Line && IsPending(item = _readItem++))
            {
                payload = ReadLine(segment, at, record);
                return true;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _segments.ForEach(segment => segment.File.Dispose());
        _lock.Dispose();
    }

    private static FileOutbox Open(OutboxOptions options, IDisposable held)
    {
        OutboxLoader loader = new(options.Storage, options.Directory);
        OutboxSpare spare = new(options.Storage, options.Directory);
        try
        {
            OutboxContent? content = loader.Load();
            if (content is not null && options.ClientId is not null && options.ClientId != content.ClientId)
            {
                throw new OutboxException(
                    $"The outbox {options.Directory} numbers its messages for the client '{content.ClientId}', not for '{options.ClientId}'.");
            }

            loader.Recover();
            if (content is null)
            {
                content = Create(options);
                loader.Segments.Add(spare.Begin(1, content, isBatch: false));
            }

            _ = TryPrepare(spare);
            return new FileOutbox(options, held, loader.Segments, content, spare);
        }
        catch
        {
            loader.Segments.ForEach(segment => segment.File.Dispose());
            held.Dispose();
            throw;
        }
    }

    private static OutboxContent Create(OutboxOptions options) => new()
    {
        Salt = BinaryPrimitives.ReadUInt32LittleEndian(options.RandomBytes(sizeof(uint))),
        ClientId = options.ClientId ?? $"outbox-{Convert.ToHexStringLower(options.RandomBytes(IdBytes))}",
    };

    /// <summary>What waits can be sent without a spare; lines are not taken before it is there.</summary>
    /// <returns>Null, or why there is none.</returns>
    private static string? TryPrepare(OutboxSpare spare)
    {
        try
        {
            spare.Prepare();
            return null;
        }
        catch (Exception exception) when (IsFromStorage(exception))
        {
            return Reason(exception);
        }
    }

    private static bool IsFromStorage(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private static string Reason(Exception exception) => exception.Message.TrimEnd('.') + ".";

    private bool IsPending(long item) => item > _content.State.AcknowledgedItem && !_content.Refused.Contains(item);

    private byte[] ReadLine(OutboxSegment segment, long at, OutboxRecord record)
    {
        byte[] bytes = new byte[record.Length];
        if (!TryRead(segment, at, bytes) || !OutboxRecord.TryRead(bytes, _content.Salt, out _))
        {
            throw Unreadable(segment, at);
        }

        return bytes[OutboxRecord.HeaderLength..];
    }

    private static bool TryRead(OutboxSegment segment, long at, Span<byte> bytes)
    {
        try
        {
            return segment.File.Read(at, bytes) == bytes.Length;
        }
        catch (Exception exception) when (IsFromStorage(exception))
        {
            return false;
        }
    }

    private OutboxException Unreadable(OutboxSegment segment, long at) => new(
        $"The outbox {_options.Directory} failed: {OutboxSegment.Name(segment.Number)} cannot be read at byte {at} any more.");

    /// <summary>Does what leaves nothing known when it fails: then the outbox takes nothing more until it is opened again.</summary>
    private void Guard(Action write)
    {
        try
        {
            write();
            if (!_storage.FileExists(PathOf(_segments[^1])))
            {
                throw new IOException($"{OutboxSegment.Name(_segments[^1].Number)} is gone");
            }
        }
        catch (Exception exception) when (IsFromStorage(exception))
        {
            _failure = $"The outbox {_options.Directory} failed: {Reason(exception)} It takes nothing more until it is opened again.";
            throw new OutboxException(_failure);
        }
    }

    /// <summary>Takes the lines that were noted, or none of them.</summary>
    private void TakeLines()
    {
        OutboxRecord.MarkLast(CollectionsMarshal.AsSpan(_batch)[_lastRecord..], _content.Salt);
        try
        {
            // Where every line of the last segment is settled, the room it has is room for these.
            string? reason = TryWriteLines();
            if (reason is not null && _segments[^1].FirstItem <= _content.Taken && _content.State.AcknowledgedItem == _content.Taken)
            {
                reason = TryBeginSegment() ?? TryWriteLines();
            }

            if (reason is not null)
            {
                throw new OutboxFullException($"The outbox {_options.Directory} takes no more lines: {reason}");
            }

            _content.Batch++;
            _content.Take(_notedLines, _notedDigest);
        }
        finally
        {
            _batch.Clear();
            _notedLines = 0;
            _notedDigest = _content.Digest;
        }
    }

    /// <summary>Writes the lines that were noted behind the others and makes them safe.</summary>
    /// <returns>Null, or why there is nothing of them.</returns>
    private string? TryWriteLines()
    {
        OutboxSegment segment = _segments[^1];
        bool isDone = !segment.IsCurrent || segment.End - segment.RecordsOffset >= _options.SegmentBytes;
        if ((isDone ? TryBeginSegment() ?? TryPrepare(_spare) : TryPrepare(_spare)) is string noRoom)
        {
            return noRoom;
        }

        segment = _segments[^1];
        try
        {
            segment.File.Write(segment.End, CollectionsMarshal.AsSpan(_batch));
        }
        catch (Exception exception) when (IsFromStorage(exception))
        {
            // Nothing may be left of lines that are said not to be taken.
            Guard(() =>
            {
                segment.File.SetLength(segment.End);
                segment.File.Sync();
            });
            return Reason(exception);
        }

        Guard(segment.File.Sync);
        segment.End += _batch.Count;
        return null;
    }

    /// <summary>Begins a segment that says what all before it came to, and deletes those that are settled.</summary>
    /// <returns>Null, or why it could not be begun.</returns>
    private string? TryBeginSegment()
    {
        string? noRoom = TryPrepare(_spare);
        if (noRoom is null)
        {
            Guard(() => BeginSegment(isBatch: false));
        }

        return noRoom;
    }

    private void BeginSegment(bool isBatch)
    {
        _segments.Add(_spare.Begin(_segments[^1].Number + 1, _content, isBatch));
        DeleteSettled();
        _ = TryPrepare(_spare);
    }

    /// <summary>The state and the refusals it follows from are one: neither is ever there without the other.</summary>
    private void WriteState(SenderState state)
    {
        IEnumerable<long> all = _content.Refused.Union(_notedRefused).Where(item => item > state.AcknowledgedItem).Order();
        List<long> refused = _segments[^1].RefusedSince(all);
        if (!_segments[^1].IsCurrent || refused.Count > OutboxSlot.MaxRefused)
        {
            // A segment begins with the whole list.
            Apply(state);
            BeginSegment(isBatch: true);
            return;
        }

        OutboxSegment segment = _segments[^1];
        int slot = segment.NextSlot;
        segment.File.Write(segment.SlotOffset(slot), new OutboxSlot(_content.Batch + 1, segment.End, state, refused).Write(_content.Salt));
        segment.File.Sync();
        segment.Slot = slot;
        Apply(state);
        DeleteSettled();
    }

    private void Apply(SenderState state)
    {
        _content.Batch++;
        _notedRefused.ForEach(item => _ = _content.Refused.Add(item));
        _content.Apply(state);
        _notedRefused.Clear();
        _notedState = null;
    }

    /// <summary>Deletes segments all of whose lines are settled; the next one begins with everything else they said.</summary>
    private void DeleteSettled()
    {
        int count = 0;
        while (count < _segments.Count - 1 && _segments[count + 1].FirstItem - 1 <= _content.State.AcknowledgedItem)
        {
            _storage.Delete(PathOf(_segments[count]));

            // One at a time and in order, so that what is left is always consecutive.
            _storage.SyncDirectory(_options.Directory);
            GiveBackRoom(_segments[count].File);
            count++;
        }

        if (count > 0)
        {
            _segments.RemoveRange(0, count);
            if (_readSegment < count)
            {
                _readOffset = _segments[0].RecordsOffset;
                _readItem = _segments[0].FirstItem;
            }

            _readSegment = Math.Max(0, _readSegment - count);
        }
    }

    /// <summary>
    /// Cuts a file that has no name any more, and closes it. Whoever else has it open, such as a backup, or a program that is just being
    /// started and has not closed yet what it inherited, would keep its room from being there when the next lines need it.
    /// </summary>
    private static void GiveBackRoom(IStorageFile file)
    {
        try
        {
            file.SetLength(0);
        }
        catch (Exception exception) when (IsFromStorage(exception))
        {
            // The room is there later then.
        }

        file.Dispose();
    }

    private string PathOf(OutboxSegment segment) => Path.Combine(_options.Directory, OutboxSegment.Name(segment.Number));
}
