using System.Buffers.Binary;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files;
using Aldis.Protocols.Integrity;

namespace Aldis.Services.Inbox;

/// <summary>
/// What is verified of an unfinished file (docs/protocols/files.md section 2.3): a header that says of which state of a source, and records. One
/// says that everything before an offset is verified and durable; one that names a run of the system (<see cref="IStorageRoot.SystemRun"/>) says
/// of one more chunk that it is verified and written, and counts in that run alone. A record that is torn, and whatever is behind it, counts for
/// nothing. Notes are taken by any thread, one at a time.
/// </summary>
internal sealed class PartLedger : IDisposable
{
    private const int HeaderBytes = 64;
    private const int RecordBytes = 64;
    private const int HeaderCrcAt = HeaderBytes - sizeof(uint);
    private const int RecordRunAt = sizeof(long) + ContentDigest.Size;
    private const int RecordCrcAt = RecordBytes - sizeof(uint);
    private const int RecordsAtOnce = 256;

    private readonly Lock _gate = new();
    private readonly IStorageFile _file;
    private readonly uint _headerCrc;
    private long _length;

    private PartLedger(IStorageFile file, uint headerCrc)
    {
        _file = file;
        _headerCrc = headerCrc;
        _length = HeaderBytes;
    }

    private static ReadOnlySpan<byte> Magic => "ALDISPT2"u8;

    /// <summary>Everything before this offset is verified and written; 0 where nothing is.</summary>
    public long Verified { get; private set; }

    /// <summary>Everything before this offset is durable too.</summary>
    public long Durable { get; private set; }

    /// <summary>The chain value at <see cref="Verified"/>.</summary>
    public ContentDigest Chain { get; private set; }

    /// <summary>Begins a ledger. Durable after <see cref="Sync"/>.</summary>
    /// <param name="file">The file, empty; the ledger closes it.</param>
    /// <param name="entry">The state of the source.</param>
    /// <param name="algorithm">With what its chunks are verified.</param>
    public static PartLedger Create(IStorageFile file, ManifestEntry entry, DigestAlgorithm algorithm)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        WriteHeader(header, entry, algorithm);
        file.Write(0, header);
        return new PartLedger(file, Crc32C.Compute(header));
    }

    /// <summary>Reads a ledger, and cuts what is torn.</summary>
    /// <param name="file">The file; the ledger closes it.</param>
    /// <param name="entry">The state of the source now.</param>
    /// <param name="algorithm">With what its chunks are verified.</param>
    /// <param name="partLength">Bytes of the unfinished file: what is noted beyond them counts for nothing.</param>
    /// <param name="run">This run of the system.</param>
    /// <param name="mayCut">Whether the file is open for writing.</param>
    /// <returns>The ledger; null where the file is that of another state of the source, or of no state that can be read.</returns>
    public static PartLedger? Read(IStorageFile file, ManifestEntry entry, DigestAlgorithm algorithm, long partLength, UInt128 run, bool mayCut)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        Span<byte> expected = stackalloc byte[HeaderBytes];
        WriteHeader(expected, entry, algorithm);
        if (file.Read(0, header) < HeaderBytes || !header.SequenceEqual(expected))
        {
            return null;
        }

        var ledger = new PartLedger(file, Crc32C.Compute(header));
        ledger.ReadRecords(entry.Size, partLength, run);
        if (mayCut && file.Length > ledger._length)
        {
            file.SetLength(ledger._length);
            file.Sync();
        }

        return ledger;
    }

    /// <summary>Notes that everything before an offset is verified. Durable after <see cref="Sync"/>.</summary>
    /// <param name="end">The offset: behind what was noted before, or, where that is durable now, not behind it.</param>
    /// <param name="chain">The chain value there.</param>
    /// <param name="run">The run of the system that it is written in; zero where it is durable.</param>
    public void Note(long end, ContentDigest chain, UInt128 run)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        record.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(record, end);
        chain.CopyTo(record[sizeof(long)..]);
        BinaryPrimitives.WriteUInt128LittleEndian(record[RecordRunAt..], run);
        BinaryPrimitives.WriteUInt32LittleEndian(record[RecordCrcAt..], Crc32C.Continue(_headerCrc, record[..RecordCrcAt]));
        lock (_gate)
        {
            _file.Write(_length, record);
            _length += RecordBytes;
            Take(end, chain, run);
        }
    }

    /// <summary>How far it is noted.</summary>
    /// <returns>The offset, and the chain value there.</returns>
    public (long End, ContentDigest Chain) GetVerified()
    {
        lock (_gate)
        {
            return (Verified, Chain);
        }
    }

    /// <summary>Makes it durable.</summary>
    public void Sync() => _file.Sync();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void WriteHeader(Span<byte> header, ManifestEntry entry, DigestAlgorithm algorithm)
    {
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], entry.Size);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], entry.ModifiedNs);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], entry.Change);
        BinaryPrimitives.WriteInt32LittleEndian(header[32..], ChunkSize.Of(entry.Size));
        BinaryPrimitives.WriteInt32LittleEndian(header[36..], (int)algorithm);
        BinaryPrimitives.WriteUInt32LittleEndian(header[HeaderCrcAt..], Crc32C.Compute(header[..HeaderCrcAt]));
    }

    private void Take(long end, ContentDigest chain, UInt128 run)
    {
        Durable = run == UInt128.Zero ? Math.Max(Durable, end) : Durable;
        if (end > Verified)
        {
            Verified = end;
            Chain = chain;
        }
    }

    private void ReadRecords(long size, long partLength, UInt128 run)
    {
        int chunk = ChunkSize.Of(size);
        byte[] records = new byte[RecordsAtOnce * RecordBytes];
        while (true)
        {
            int read = _file.Read(_length, records);
            for (int at = 0; at + RecordBytes <= read; at += RecordBytes)
            {
                ReadOnlySpan<byte> record = records.AsSpan(at, RecordBytes);
                long end = BinaryPrimitives.ReadInt64LittleEndian(record);
                UInt128 its = BinaryPrimitives.ReadUInt128LittleEndian(record[RecordRunAt..]);
                bool counts = its == UInt128.Zero || its == run;
                if (BinaryPrimitives.ReadUInt32LittleEndian(record[RecordCrcAt..]) != Crc32C.Continue(_headerCrc, record[..RecordCrcAt])
                    || !ChunkSize.IsBorder(size, end)
                    || (counts && (end > partLength || (its != UInt128.Zero && end > Verified + chunk))))
                {
                    return;
                }

                if (counts)
                {
                    Take(end, new ContentDigest(record.Slice(sizeof(long), ContentDigest.Size)), its);
                }

                _length += RecordBytes;
            }

            if (read < records.Length)
            {
                return;
            }
        }
    }
}
