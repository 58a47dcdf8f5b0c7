using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Aldis.Services.Storage;

namespace Aldis.Services.Journal;

/// <summary>
/// Reads a journal, beside a running server or without one; writes nothing and takes no lock. <c>docs/protocols/journal.md</c> section 8.
/// One caller at a time.
/// </summary>
public sealed class JournalReader : IDisposable
{
    private const int VerifyAttempts = 3;

    private readonly string _directory;
    private readonly IStorage _storage;
    private readonly byte[]? _client;
    private readonly long _since;
    private SegmentReader? _segment;
    private long _number;
    private CommitCursor _cursor;
    private byte[] _batch = [];
    private int _offset;
    private int _length;

    /// <summary>Reads from the first retained message on.</summary>
    /// <param name="directory">The journal's directory. It need not exist yet.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <param name="query">Which messages are wanted.</param>
    public JournalReader(string directory, IStorage storage, JournalQuery query)
    {
        _directory = directory;
        _storage = storage;
        Query = query;
        _client = query.Client is null ? null : Encoding.UTF8.GetBytes(query.Client);
        _since = query.Since is { } since ? UnixTime.ToNanoseconds(since) : long.MinValue;
    }

    /// <summary>Which messages are wanted.</summary>
    public JournalQuery Query { get; }

    /// <summary>Segments whose end could not be read although there is a later one; <see cref="Verify"/> says more.</summary>
    public int DamagedSegments { get; private set; }

    /// <summary>Whether there is a journal.</summary>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    public static bool Exists(string directory, IStorage storage) => SegmentName.List(storage, directory).Count > 0;

    /// <summary>Reads every record of a journal and checks it; see <c>docs/protocols/journal.md</c> section 8.</summary>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <exception cref="IOException">The files cannot be read.</exception>
    public static JournalVerification Verify(string directory, IStorage storage)
    {
        for (int attempt = 1; ; attempt++)
        {
            var check = new SequenceCheck();
            var scan = new JournalScan(storage, directory, new JournalOptions { Directory = directory }.Window, check);
            try
            {
                scan.Run();
            }
            catch (FileNotFoundException) when (attempt < VerifyAttempts)
            {
                // Retention of a running server deleted a segment between the listing and the reading.
                continue;
            }

            return new JournalVerification
            {
                Segments = scan.Segments.Count,
                Messages = scan.Messages,
                Clients = scan.Clients.Count,
                LastCommit = scan.NextCommit - 1,
                TornBytes = scan.TornBytes,
                Damage = scan.Damage,
                ProblemCount = check.ProblemCount,
                Problems = check.Problems,
            };
        }
    }

    /// <summary>Reads the next message that is wanted.</summary>
    /// <param name="message">The message.</param>
    /// <returns>False where nothing complete follows yet; a later call may find more.</returns>
    public bool TryRead([NotNullWhen(true)] out JournalMessage? message)
    {
        do
        {
            while (_offset < _length)
            {
                ReadOnlySpan<byte> bytes = _batch.AsSpan(_offset, _length - _offset);
                RecordHeader record = RecordCodec.Decode(bytes);
                _offset += record.Length;
                if (IsWanted(bytes, record))
                {
                    message = Materialize(bytes, record);
                    return true;
                }
            }
        }
        while (ReadBatch());

        message = null;
        return false;
    }

    /// <summary>Reads all messages that are wanted; with <see cref="JournalQuery.Follow"/> it ends only when it is cancelled.</summary>
    /// <param name="cancellationToken">Ends the wait for more.</param>
    public async IAsyncEnumerable<JournalMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryRead(out JournalMessage? message))
            {
                yield return message;
            }
            else if (Query.Follow)
            {
                await Task.Delay(Query.PollInterval, cancellationToken);
            }
            else
            {
                yield break;
            }
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _segment?.Dispose();

    private static JournalMessage Materialize(ReadOnlySpan<byte> bytes, in RecordHeader record) => new(
        Encoding.UTF8.GetString(bytes.Slice(RecordCodec.FixedLength, record.ClientLength)),
        record.Sequence,
        UnixTime.ToDateTimeOffset(record.TimeNanoseconds),
        Encoding.UTF8.GetString(bytes.Slice(RecordCodec.FixedLength + record.ClientLength, record.PeerLength)),
        bytes.Slice(record.PayloadOffset, record.PayloadLength).ToArray());

    private bool IsWanted(ReadOnlySpan<byte> bytes, in RecordHeader record) =>
        record.Type == RecordType.Message
        && record.TimeNanoseconds >= _since
        && (_client is null || bytes.Slice(RecordCodec.FixedLength, record.ClientLength).SequenceEqual(_client));

    /// <summary>Gets the next complete batch, of this segment or a later one.</summary>
    private bool ReadBatch()
    {
        while (true)
        {
            if (_segment is not null && TakeBatch(_segment))
            {
                return true;
            }

            // Once there is a later segment nothing is added to this one; what was added before that is seen by looking again.
            long next = NextSegment();
            if (next == 0)
            {
                return false;
            }

            if (_segment is not null && TakeBatch(_segment))
            {
                return true;
            }

            if (!OpenSegment(next))
            {
                return false;
            }
        }
    }

    private bool TakeBatch(SegmentReader segment)
    {
        if (segment.ReadBatch(ref _cursor, out ReadOnlySpan<byte> batch) != RecordStatus.Sound)
        {
            return false;
        }

        if (_batch.Length < batch.Length)
        {
            _batch = new byte[batch.Length];
        }

        batch.CopyTo(_batch);
        _offset = 0;
        _length = batch.Length;
        return true;
    }

    /// <summary>Number of the first segment after the present one; 0 if there is none.</summary>
    private long NextSegment() => SegmentName.List(_storage, _directory).Find(number => number > _number);

    private bool OpenSegment(long number)
    {
        if (_segment is not null && _segment.ReadRest().AsSpan().ContainsAnyExcept((byte)0))
        {
            DamagedSegments++;
        }

        IStorageFile? file = _storage.OpenRead(SegmentName.PathOf(_directory, number));
        if (file is null)
        {
            return false;
        }

        var segment = new SegmentReader(file);
        SegmentHeader? header = segment.ReadHeader(new ClientTable(window: 1), out _);
        if (header is null)
        {
            DamagedSegments++;
        }

        _segment?.Dispose();
        _segment = segment;
        _number = number;
        _cursor = CommitCursor.Before(header?.FirstCommit ?? 1);
        return true;
    }
}
