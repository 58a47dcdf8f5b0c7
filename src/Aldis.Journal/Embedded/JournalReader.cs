using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>
/// Reads a journal, beside a running server or without one; writes nothing and takes no lock. <c>docs/protocols/journal.md</c> section 8.
/// One caller at a time.
/// </summary>
public sealed class JournalReader : IDisposable
{
    private const int VerifyAttempts = 3;
    private const int MaxListed = 100;

    private readonly string _directory;
    private readonly IStorage _storage;
    private readonly byte[]? _client;
    private readonly long _since;
    private readonly List<JournalDamage> _damage = [];
    private SegmentReader? _segment;
    private uint? _salt;
    private bool _hasHeader;
    private bool _isDamageTold;
    private long? _commitsMissingBefore;
    private long _judgedPosition = -1;
    private long _number;
    private CommitCursor _cursor;
    private byte[] _batch = [];
    private long _batchPosition;
    private int _offset;
    private int _length;

    /// <summary>Reads from the first retained message on.</summary>
    /// <param name="directory">The journal's directory. It need not exist yet.</param>
    /// <param name="query">Which messages are wanted.</param>
    public JournalReader(string directory, JournalQuery query)
        : this(directory, FileStorage.Instance, query)
    {
    }

    /// <summary>Reads from the first retained message on.</summary>
    /// <param name="directory">The journal's directory. It need not exist yet.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <param name="query">Which messages are wanted.</param>
    /// <param name="firstSegment">The segment to begin with, or the first there is after it.</param>
    internal JournalReader(string directory, IStorage storage, JournalQuery query, long firstSegment = 0)
    {
        _directory = directory;
        _storage = storage;
        _number = Math.Max(0, firstSegment - 1);
        Query = query;
        _client = query.Client is null ? null : Encoding.UTF8.GetBytes(query.Client);
        _since = query.Since is { } since ? UnixTime.ToNanoseconds(since) : long.MinValue;
    }

    /// <summary>Which messages are wanted.</summary>
    public JournalQuery Query { get; }

    /// <summary>Where the message is that was read last.</summary>
    internal JournalPlace Place { get; private set; }

    /// <summary>Bytes of records that were looked at so far.</summary>
    internal long ReadBytes { get; private set; }

    /// <summary>Once so many bytes were looked at, no further batch is read: <see cref="TryRead"/> says that nothing follows.</summary>
    internal long MostReadBytes { get; set; } = long.MaxValue;

    /// <summary>How many damaged or missing stretches were skipped so far. What is sound behind them is read all the same.</summary>
    public long DamageCount { get; private set; }

    /// <summary>The first 100 of them.</summary>
    public IReadOnlyList<JournalDamage> Damage => _damage;

    /// <summary>Whether there is a journal.</summary>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    internal static bool Exists(string directory, IStorage storage) => SegmentName.List(storage, directory).Count > 0;

    /// <summary>Reads every record of a journal and checks it; see <c>docs/protocols/journal.md</c> section 8.</summary>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="storage">Usually <see cref="FileStorage.Instance"/>.</param>
    /// <exception cref="JournalVersionException">It is in another version of the format.</exception>
    /// <exception cref="IOException">The files cannot be read.</exception>
    internal static JournalVerification Verify(string directory, IStorage storage)
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

            check.Finish();
            return new JournalVerification
            {
                Segments = scan.Segments.Count,
                Messages = scan.Messages,
                Clients = scan.Clients.Count,
                LastCommit = scan.NextCommit - 1,
                TornBytes = scan.TornBytes,
                Damage = scan.Damage,
                KnownLosses = check.LossCount,
                Lost = check.Lost,
                ProblemCount = check.ProblemCount,
                Problems = check.Problems,
            };
        }
    }

    /// <summary>Reads the next message that is wanted.</summary>
    /// <param name="message">The message.</param>
    /// <returns>False where nothing complete follows yet; a later call may find more.</returns>
    /// <exception cref="IOException">A segment is in another version of the format, or cannot be read.</exception>
    public bool TryRead([NotNullWhen(true)] out JournalMessage? message)
    {
        do
        {
            while (_offset < _length)
            {
                ReadOnlySpan<byte> bytes = _batch.AsSpan(_offset, _length - _offset);
                RecordHeader record = RecordCodec.Decode(bytes);
                int offset = _offset;
                _offset += record.Length;
                if (IsWanted(bytes, record))
                {
                    Place = new JournalPlace(_number, _batchPosition + offset);
                    message = Materialize(bytes, record);
                    return true;
                }
            }
        }
        while (ReadBytes < MostReadBytes && ReadBatch());

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
                await Task.Delay(Query.PollInterval, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                yield break;
            }
        }
    }

    /// <summary>Goes on near the end of the journal, where it is farther away than wanted: what is in between is not read.</summary>
    /// <param name="keptBytes">How much before the end is still to be read, about.</param>
    /// <returns>Whether it goes on elsewhere than it would have.</returns>
    /// <exception cref="IOException">A segment is in another version of the format, or cannot be read.</exception>
    internal bool SkipAhead(int keptBytes)
    {
        long last = SegmentName.List(_storage, _directory) is [.., long number] ? number : 0;
        bool isLater = last > _number && OpenSegment(last, follows: false);
        if (_segment is null || (!_segment.SkipAhead(keptBytes, ref _cursor) && !isLater))
        {
            return false;
        }

        DropBatch();
        return true;
    }

    /// <summary>Goes on with the message right before a place; at position 0 with the beginning of the segment. Of one that was just made.</summary>
    /// <param name="place">The place, as <see cref="JournalPlace.Next"/> has it; that without a segment is the beginning of the journal.</param>
    /// <returns>Whether there is such a message; where not, <see cref="SkipAhead"/> is due.</returns>
    /// <exception cref="IOException">The segment is in another version of the format, or cannot be read.</exception>
    internal bool TryGoBefore(JournalPlace place) => place.Segment == 0
        || (OpenSegment(place.Segment, follows: false)
            && (place.Position == 0 || _segment!.TryGoTo(place.Position - 1, ref _cursor)));

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
            long next = FindNext(out bool isMissing);
            if (_segment is not null && TakeSound(_segment, isLast: next == 0))
            {
                return true;
            }

            if (next == 0)
            {
                return false;
            }

            if (isMissing)
            {
                Report(new JournalDamage(_number + 1, 0, 0, _cursor.Next, $"it is missing, and all before segment {next}"));
            }

            if (!OpenSegment(next, follows: _segment is not null && next == _number + 1))
            {
                return false;
            }
        }
    }

    /// <summary>
    /// Takes what is sound of the rest of a segment whose next batch is not: nothing where the rest may be a commit under way, else the
    /// records a repair would keep.
    /// </summary>
    private bool TakeSound(SegmentReader segment, bool isLast)
    {
        // Somebody who follows looks here again and again; what was not written yet is looked at once.
        if (Query.Follow && isLast && _judgedPosition == segment.Position)
        {
            return false;
        }

        _judgedPosition = segment.Position;
        byte[] rest = segment.ReadRest();
        if (!rest.AsSpan().ContainsAnyExcept((byte)0) || _salt is not { } salt)
        {
            return false;
        }

        uint saltCrc = RecordCodec.SaltCrc(salt);
        bool mayBeTorn = isLast && _hasHeader;
        bool isTorn = TailRule.Judge(rest, saltCrc, _cursor.Next, mayBeTorn) == TailVerdict.TornTail;

        // A running server may have completed the batch before this look at what follows it.
        if (TakeBatch(segment))
        {
            return true;
        }

        if (isTorn)
        {
            return false;
        }

        var salvage = new SegmentSalvage(saltCrc, window: 1, new ClientTable(), _number);
        long position = segment.Position;
        segment.Skip(salvage.Take(rest, _number, position, mayBeTorn, ref _cursor));
        foreach (JournalDamage damage in salvage.Damage)
        {
            Report(damage);
            _isDamageTold = true;
        }

        _batch = salvage.Records.ToArray();
        SetBatch(position, _batch.Length);
        return true;
    }

    private bool TakeBatch(SegmentReader segment)
    {
        if (segment.ReadBatch(ref _cursor, out ReadOnlySpan<byte> batch) != RecordStatus.Sound)
        {
            return false;
        }

        if (_commitsMissingBefore is { } commit && RecordCodec.Decode(batch).Type != RecordType.Loss)
        {
            Report(new JournalDamage(_number, 0, 0, commit, "commits before its first are missing"));
        }

        _commitsMissingBefore = null;
        if (_batch.Length < batch.Length)
        {
            _batch = new byte[batch.Length];
        }

        batch.CopyTo(_batch);
        SetBatch(segment.Position - batch.Length, batch.Length);
        return true;
    }

    private void SetBatch(long position, int length)
    {
        (_batchPosition, _offset, _length) = (position, 0, length);
        ReadBytes += length;
    }

    private void DropBatch()
    {
        (_offset, _length) = (0, 0);
        _commitsMissingBefore = null;
        _judgedPosition = -1;
    }

    /// <summary>Number of the first segment after the present one; 0 if there is none.</summary>
    /// <param name="isMissing">Whether one between them is missing that retention, which deletes the oldest first, did not delete.</param>
    private long FindNext(out bool isMissing)
    {
        List<long> numbers = SegmentName.List(_storage, _directory);
        long next = numbers.Find(number => number > _number);
        isMissing = next > _number + 1 && numbers.Contains(_number);
        return next;
    }

    private bool OpenSegment(long number, bool follows)
    {
        SegmentReader? segment = SegmentReader.Open(_storage, _directory, number);
        if (segment is null)
        {
            return false;
        }

        _segment?.Dispose();
        _segment = segment;
        _number = number;
        SegmentHeader? header = segment.ReadHeader();
        _hasHeader = header is not null;
        if (header is not null)
        {
            bool isComplete = _cursor.Ended && _cursor.Next == header.FirstCommit;
            _commitsMissingBefore = isComplete || !follows || _isDamageTold ? null : _cursor.Next;
            _isDamageTold = false;
            _salt = header.Salt;
            _cursor = CommitCursor.Before(header.FirstCommit);
        }
        else if ((_salt ??= FindSalt()) is null)
        {
            // Where another segment has a sound header, the records are known by the salt they share: only what is before them is skipped.
            Report(new JournalDamage(number, 0, segment.Length, _cursor.Next, "its header is damaged, and so is every other"));
        }

        return true;
    }

    private uint? FindSalt()
    {
        foreach (long number in SegmentName.List(_storage, _directory))
        {
            using SegmentReader? segment = SegmentReader.Open(_storage, _directory, number);
            if (segment?.ReadHeader() is { } header)
            {
                return header.Salt;
            }
        }

        return null;
    }

    private void Report(JournalDamage damage)
    {
        DamageCount++;
        if (_damage.Count < MaxListed)
        {
            _damage.Add(damage);
        }
    }
}
