using Aldis.Journal.Storage;
using Aldis.Protocols.Integrity;

namespace Aldis.Journal.Embedded;

/// <summary>Reads one segment from its beginning, batch by batch, through a buffer; also while it is being written.</summary>
internal sealed class SegmentReader : IDisposable
{
    private const int SmallReadBytes = 64 * 1024;
    private const int LargeReadBytes = 1024 * 1024;
    private const int ProbeBytes = 512;
    private const int WindowGrowth = 16;
    private const int MostWindowBytes = 2 * RecordCodec.MaxLength;

    private readonly IStorageFile _file;
    private readonly string _path;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _readBytes = SmallReadBytes;
    private uint _saltCrc;

    private SegmentReader(IStorageFile file, string path)
    {
        _file = file;
        _path = path;
    }

    /// <summary>Where in the file the next batch begins.</summary>
    public long Position { get; private set; }

    /// <summary>Length of the file in bytes, as it is now.</summary>
    public long Length => _file.Length;

    /// <summary>Opens a segment.</summary>
    /// <returns>Null where there is none of that number.</returns>
    public static SegmentReader? Open(IStorage storage, string directory, long number)
    {
        string path = SegmentName.PathOf(directory, number);
        IStorageFile? file = storage.OpenRead(path);
        return file is null ? null : new SegmentReader(file, path);
    }

    /// <summary>Reads the header; to be called first.</summary>
    /// <returns>The header, or null if it is damaged.</returns>
    /// <exception cref="JournalVersionException">It is that of another version.</exception>
    public SegmentHeader? ReadHeader()
    {
        Span<byte> bytes = stackalloc byte[SegmentHeader.FixedLength];
        bytes = bytes[.._file.Read(0, bytes)];
        if (SegmentHeader.IsOtherVersion(bytes, out uint version))
        {
            throw new JournalVersionException(_path, version);
        }

        if (!SegmentHeader.TryRead(bytes, out SegmentHeader? header))
        {
            return null;
        }

        _saltCrc = RecordCodec.SaltCrc(header.Salt);
        Position = header.RecordsOffset;
        return header;
    }

    /// <summary>Reads the marks.</summary>
    /// <param name="header">The header.</param>
    /// <param name="clients">The table they are added to.</param>
    /// <returns>Whether they are what the header says they are.</returns>
    public bool TryReadMarks(SegmentHeader header, ClientTable clients)
    {
        // A length is believed as far as the file has the bytes.
        if (header.RecordsOffset > _file.Length)
        {
            return false;
        }

        byte[] marks = new byte[header.MarksLength];
        return _file.Read(SegmentHeader.FixedLength, marks) == marks.Length
            && Crc32C.Compute(marks) == header.MarksCrc
            && MarkCodec.TryRead(marks, header.MarkCount, header.Version, header.Number, clients);
    }

    /// <summary>Reads the next batch. What is not sound is forgotten, so that the next call looks at the file again.</summary>
    /// <param name="cursor">Where the commits stand; goes past the batch.</param>
    /// <param name="batch">The batch; valid until the next call.</param>
    /// <returns><see cref="RecordStatus.Sound"/> with a batch; <see cref="RecordStatus.Incomplete"/> where the file ends.</returns>
    public RecordStatus ReadBatch(ref CommitCursor cursor, out ReadOnlySpan<byte> batch)
    {
        while (true)
        {
            RecordStatus status = BatchScanner.Scan(_buffer.AsSpan(_start, _end - _start), _saltCrc, ref cursor, out int length);
            if (status == RecordStatus.Sound)
            {
                batch = _buffer.AsSpan(_start, length);
                _start += length;
                Position += length;
                return status;
            }

            if (status != RecordStatus.Incomplete || !Fill(length))
            {
                Forget();
                batch = default;
                return status;
            }
        }
    }

    /// <summary>Goes past bytes that were read as <see cref="ReadRest"/>.</summary>
    /// <param name="bytes">How many.</param>
    public void Skip(int bytes)
    {
        Position += bytes;
        Forget();
    }

    /// <summary>Goes on near the end of what was written, where that is farther away than wanted. Records are found there by themselves
    /// (<see cref="RecordSearch"/>); of the batch that the first of them is in, the rest counts as a batch.</summary>
    /// <param name="keptBytes">How much before the end is still to be read, about.</param>
    /// <param name="cursor">Where the commits stand; goes to that record.</param>
    /// <returns>Whether anything was gone past.</returns>
    public bool SkipAhead(int keptBytes, ref CommitCursor cursor)
    {
        long end = FindEnd();
        for (long window = keptBytes; window <= MostWindowBytes && end - window > Position; window *= WindowGrowth)
        {
            byte[] bytes = new byte[window];
            int count = _file.Read(end - window, bytes);
            if (RecordSearch.Find(bytes.AsSpan(0, count), _saltCrc, cursor.Last) is >= 0 and int offset)
            {
                GoTo(end - window + offset, RecordCodec.Decode(bytes.AsSpan(offset)), ref cursor);
                return true;
            }
        }

        return false;
    }

    /// <summary>Goes to a record.</summary>
    /// <param name="position">Where it may be.</param>
    /// <param name="cursor">Where the commits stand; goes to that record.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGoTo(long position, ref CommitCursor cursor)
    {
        Span<byte> head = stackalloc byte[RecordCodec.MaxHeadLength];
        head = head[.._file.Read(position, head)];
        bool isRecord = RecordCodec.TryRead(head, _saltCrc, out RecordHeader record) is RecordStatus.Sound or RecordStatus.Incomplete
            && record.Commit > 0;
        if (isRecord)
        {
            GoTo(position, record, ref cursor);
        }

        return isRecord;
    }

    /// <summary>All bytes from <see cref="Position"/> to the end of the file.</summary>
    public byte[] ReadRest()
    {
        byte[] rest = new byte[Math.Max(0, _file.Length - Position)];
        int count = _file.Read(Position, rest);
        return count == rest.Length ? rest : rest[..count];
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Reads on until the buffer holds <paramref name="needed"/> bytes from <see cref="Position"/> on.</summary>
    private bool Fill(int needed)
    {
        // A length is believed as far as the file has the bytes.
        if (needed > _end - _start && Position + needed > _file.Length)
        {
            return false;
        }

        int kept = _end - _start;
        int wanted = Math.Max(needed, kept + _readBytes);
        byte[] target = wanted > _buffer.Length ? new byte[wanted] : _buffer;
        _buffer.AsSpan(_start, kept).CopyTo(target);
        _buffer = target;
        _start = 0;
        int count = _file.Read(Position + kept, _buffer.AsSpan(kept, wanted - kept));
        _end = kept + count;
        _readBytes = LargeReadBytes;
        return _end >= needed;
    }

    private void GoTo(long position, in RecordHeader record, ref CommitCursor cursor)
    {
        Position = position;
        cursor = CommitCursor.Before(record.Commit);
        Forget();
    }

    /// <summary>Finds by halves where what was written ends: what is prepared behind it is zero. Where a long payload of zeros is taken for
    /// that, the end is found too early, which costs no more than the reading of what follows.</summary>
    private long FindEnd()
    {
        Span<byte> probe = stackalloc byte[ProbeBytes];
        long written = Position;
        long unwritten = Math.Max(written, _file.Length);
        while (unwritten - written > ProbeBytes)
        {
            long middle = written + ((unwritten - written) / 2);
            if (probe[.._file.Read(middle, probe)].ContainsAnyExcept((byte)0))
            {
                written = middle;
            }
            else
            {
                unwritten = middle;
            }
        }

        return unwritten;
    }

    private void Forget()
    {
        _start = 0;
        _end = 0;
        _readBytes = SmallReadBytes;
    }
}
