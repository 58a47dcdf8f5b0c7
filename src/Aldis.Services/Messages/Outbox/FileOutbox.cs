using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Aldis.Protocols.Messages;
using Aldis.Services.Storage;

namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// An outbox on disk: an append-only directory that one process at a time has open. A line is the outbox's once it is synced; whole
/// segments of acknowledged lines are deleted. The format is in docs/protocols/outbox.md.
/// </summary>
public sealed class FileOutbox : IOutbox
{
    internal const string NewSuffix = ".new";

    private const string LockName = "lock";
    private const int IdBytes = 8;

    private readonly OutboxOptions _options;
    private readonly IStorage _storage;
    private readonly IDisposable _lock;
    private readonly List<OutboxSegment> _segments;
    private readonly OutboxContent _content;
    private readonly List<byte> _batch = [];
    private readonly List<long> _notedRefused = [];

    private SenderState? _notedState;
    private int _notedLines;
    private int _readSegment;
    private long _readOffset;
    private long _readItem;
    private bool _isFailed;

    private FileOutbox(OutboxOptions options, IDisposable held, List<OutboxSegment> segments, OutboxContent content)
    {
        _options = options;
        _storage = options.Storage;
        _lock = held;
        _segments = segments;
        _content = content;
        _readOffset = segments[0].RecordsOffset;
        _readItem = segments[0].FirstItem;
    }

    /// <inheritdoc/>
    public string ClientId => _content.ClientId;

    /// <inheritdoc/>
    public long Taken => _content.Taken;

    /// <inheritdoc/>
    public SenderState State => _content.State;

    /// <summary>Opens an outbox, or creates it.</summary>
    /// <param name="options">Where it is.</param>
    /// <returns>The outbox; what it had written before it was killed is safe now.</returns>
    /// <exception cref="OutboxException">Another process has it open, it is damaged, or it belongs to another client id.</exception>
    /// <exception cref="IOException">The files cannot be used.</exception>
    public static FileOutbox Open(OutboxOptions options)
    {
        if (options.ClientId is not null && !Protocols.Framing.ClientId.IsValid(options.ClientId))
        {
            throw new OutboxException($"'{options.ClientId}' is no client id: 1 to 32 characters of A-Z a-z 0-9 . _ -");
        }

        options.Storage.CreateDirectory(options.Directory);
        IDisposable held = options.Storage.TryLock(Path.Combine(options.Directory, LockName))
            ?? throw new OutboxException($"The outbox {options.Directory} is in use by another process. Wait for it, or name another directory.");
        OutboxLoader loader = new(options.Storage, options.Directory);
        try
        {
            OutboxContent content = loader.Load() ?? Create(options, loader.Segments);
            if (options.ClientId is not null && options.ClientId != content.ClientId)
            {
                throw new OutboxException(
                    $"The outbox {options.Directory} numbers its messages for the client '{content.ClientId}', not for '{options.ClientId}'.");
            }

            return new FileOutbox(options, held, loader.Segments, content);
        }
        catch
        {
            loader.Segments.ForEach(segment => segment.File.Dispose());
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long Add(ReadOnlySpan<byte> line)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(line.Length, _options.MaxLineBytes, nameof(line));
        OutboxRecord.Append(_batch, _content.Salt, _content.Batch + 1, OutboxRecordType.Line, line);
        return _content.Taken + ++_notedLines;
    }

    /// <inheritdoc/>
    public void NoteRefused(long item) => _notedRefused.Add(item);

    /// <inheritdoc/>
    public void NoteState(SenderState state) => _notedState = state == _content.State ? null : state;

    /// <inheritdoc/>
    public void Sync()
    {
        if (_isFailed)
        {
            throw new IOException("A write to the outbox failed earlier; what it holds is known only after it is opened again.");
        }

        AppendNotes();
        if (_batch.Count == 0)
        {
            return;
        }

        _isFailed = true;
        if (_segments[^1].End >= _options.SegmentBytes && _segments[^1].FirstItem <= _content.Taken)
        {
            _segments.Add(CreateSegment(_options, _segments[^1].Number + 1, _content));
        }

        OutboxSegment segment = _segments[^1];
        segment.File.Write(segment.End, CollectionsMarshal.AsSpan(_batch));
        segment.File.Sync();
        segment.End += _batch.Count;
        ApplyNotes();
        DeleteAcknowledged();
        _isFailed = false;
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
            if (segment.File.Read(at, header) != header.Length || !OutboxRecord.TryReadHeader(header, out OutboxRecord record)
                || record.Length > segment.End - at)
            {
                throw new IOException($"{OutboxSegment.Name(segment.Number)} cannot be read at byte {at} any more.");
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

    private static OutboxContent Create(OutboxOptions options, List<OutboxSegment> segments)
    {
        OutboxContent content = new()
        {
            Salt = BinaryPrimitives.ReadUInt32LittleEndian(options.RandomBytes(sizeof(uint))),
            ClientId = options.ClientId ?? $"outbox-{Convert.ToHexStringLower(options.RandomBytes(IdBytes))}",
        };
        segments.Add(CreateSegment(options, 1, content));
        return content;
    }

    private static OutboxSegment CreateSegment(OutboxOptions options, long number, OutboxContent content)
    {
        string path = Path.Combine(options.Directory, OutboxSegment.Name(number));
        byte[] header = OutboxHeader.Write(number, content);
        IStorageFile file = options.Storage.OpenWrite(path + NewSuffix);
        try
        {
            file.SetLength(0);
            file.Write(0, header);
            file.Sync();
            options.Storage.Rename(path + NewSuffix, path);
            options.Storage.SyncDirectory(options.Directory);
            return new OutboxSegment(number, content.Taken + 1, header.Length, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private bool IsPending(long item) => item > _content.State.AcknowledgedItem && !_content.Refused.Contains(item);

    private byte[] ReadLine(OutboxSegment segment, long at, OutboxRecord record)
    {
        byte[] bytes = new byte[record.Length];
        if (segment.File.Read(at, bytes) != bytes.Length || !OutboxRecord.TryRead(bytes, _content.Salt, out _))
        {
            throw new IOException($"{OutboxSegment.Name(segment.Number)} cannot be read at byte {at} any more.");
        }

        return bytes[OutboxRecord.HeaderLength..];
    }

    /// <summary>Refusals stand before the state that follows from them: a torn tail may lose the state alone, never the refusal alone.</summary>
    private void AppendNotes()
    {
        long number = _content.Batch + 1;
        Span<byte> body = stackalloc byte[sizeof(long)];
        foreach (long item in _notedRefused)
        {
            BinaryPrimitives.WriteInt64LittleEndian(body, item);
            OutboxRecord.Append(_batch, _content.Salt, number, OutboxRecordType.Refused, body);
        }

        if (_notedState is SenderState state)
        {
            OutboxRecord.Append(_batch, _content.Salt, number, OutboxRecordType.State, OutboxRecord.Write(state));
        }
    }

    private void ApplyNotes()
    {
        _content.Batch++;
        _content.Taken += _notedLines;
        _notedRefused.ForEach(item => _ = _content.Refused.Add(item));
        if (_notedState is SenderState state)
        {
            _content.Apply(state);
        }

        _batch.Clear();
        _notedRefused.Clear();
        _notedState = null;
        _notedLines = 0;
    }

    /// <summary>Deletes segments all of whose lines are acknowledged; the next one begins with everything else they said.</summary>
    private void DeleteAcknowledged()
    {
        int count = 0;
        while (count < _segments.Count - 1 && _segments[count + 1].FirstItem - 1 <= _content.State.AcknowledgedItem)
        {
            _segments[count].File.Dispose();
            _storage.Delete(Path.Combine(_options.Directory, OutboxSegment.Name(_segments[count].Number)));

            // One at a time and in order, so that what is left is always consecutive.
            _storage.SyncDirectory(_options.Directory);
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
}
