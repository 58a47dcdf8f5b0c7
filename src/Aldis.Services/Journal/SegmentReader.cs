using Aldis.Protocols.Integrity;
using Aldis.Services.Storage;

namespace Aldis.Services.Journal;

/// <summary>Reads one segment from its beginning, batch by batch, through a buffer; also while it is being written.</summary>
internal sealed class SegmentReader : IDisposable
{
    private const int SmallReadBytes = 64 * 1024;
    private const int LargeReadBytes = 1024 * 1024;

    private readonly IStorageFile _file;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _readBytes = SmallReadBytes;
    private uint _saltCrc;

    public SegmentReader(IStorageFile file)
    {
        _file = file;
    }

    /// <summary>Where in the file the next batch begins.</summary>
    public long Position { get; private set; }

    /// <summary>Length of the file in bytes, as it is now.</summary>
    public long Length => _file.Length;

    /// <summary>Reads header and marks; to be called first.</summary>
    /// <param name="clients">The table the marks are added to.</param>
    /// <param name="marksSound">Whether the marks are what the header says they are.</param>
    /// <returns>The header, or null if it is damaged.</returns>
    public SegmentHeader? ReadHeader(ClientTable clients, out bool marksSound)
    {
        marksSound = false;
        Span<byte> bytes = stackalloc byte[SegmentHeader.FixedLength];
        int count = _file.Read(0, bytes);
        if (!SegmentHeader.TryRead(bytes[..count], out SegmentHeader? header))
        {
            return null;
        }

        _saltCrc = RecordCodec.SaltCrc(header.Salt);
        Position = header.RecordsOffset;
        if (header.RecordsOffset <= _file.Length)
        {
            byte[] marks = new byte[header.MarksLength];
            marksSound = _file.Read(SegmentHeader.FixedLength, marks) == marks.Length
                && Crc32C.Compute(marks) == header.MarksCrc
                && MarkCodec.TryRead(marks, header.MarkCount, clients);
        }

        return header;
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

    private void Forget()
    {
        _start = 0;
        _end = 0;
        _readBytes = SmallReadBytes;
    }
}
