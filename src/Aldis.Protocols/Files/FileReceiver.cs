using System.Buffers;
using System.Diagnostics;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Files;

/// <summary>
/// The decisions of a transfer's receiver (docs/protocols/files.md sections 7.2 and 9) on one connection: what it answers, which chunk is the
/// expected one, whether it is what was said, and when an entry may be confirmed. It stores nothing: the driver gives it the digest of what
/// arrived and the word of the store. Not thread-safe.
/// </summary>
internal sealed class FileReceiver
{
    private const int NoEntry = -1;

    private readonly IReadOnlyList<ManifestEntry> _entries;
    private readonly IReadOnlyList<EntryAnswer> _answers;
    private readonly UnitCheck _check;
    private readonly ContentHash _hash;
    private readonly AcknowledgementLevel _level;
    private readonly State[] _states;

    // The digests of files that are received or proven and not confirmed yet.
    private readonly Dictionary<int, ContentDigest> _digests = [];
    private readonly Queue<TransferUnit> _units = [];
    private readonly Queue<byte[]> _names = [];
    private readonly SortedSet<int> _done = [];
    private int _unsettled;
    private int _proofs;
    private int _answered;
    private int _next = NoEntry;
    private long _offset;
    private ContentDigest? _chain;
    private int _attempts;
    private bool _isDiscarding;
    private RefusalCode? _deferred;
    private int _receiving = NoEntry;

    /// <summary>Begins with what the store answered; the answers are to be written first.</summary>
    /// <param name="entries">The manifest.</param>
    /// <param name="answers">One for each entry.</param>
    /// <param name="check">The checks of this transfer's units.</param>
    /// <param name="hash">A hash of the transfer's algorithm, of nothing so far; not one that is used elsewhere at the same time.</param>
    /// <param name="level">What a confirmation means.</param>
    public FileReceiver(
        IReadOnlyList<ManifestEntry> entries,
        IReadOnlyList<EntryAnswer> answers,
        UnitCheck check,
        ContentHash hash,
        AcknowledgementLevel level)
    {
        Debug.Assert(entries.Count == answers.Count);
        _entries = entries;
        _answers = answers;
        _check = check;
        _hash = hash;
        _level = level;
        _states = new State[entries.Count];
        for (int entry = 0; entry < entries.Count; entry++)
        {
            bool isFile = entries[entry].Kind == FileEntryKind.File;
            _states[entry] = answers[entry].Kind switch
            {
                TransferUnitKind.Want or TransferUnitKind.Resume => isFile ? State.Wanted : State.Awaited,
                TransferUnitKind.Prove => State.Proving,
                _ => State.Settled,
            };
            _unsettled += _states[entry] == State.Settled ? 0 : 1;
            _proofs += _states[entry] == State.Proving ? 1 : 0;
        }

        MoveOn();
    }

    private enum State : byte
    {
        /// <summary>Its chunks are to come.</summary>
        Wanted,

        /// <summary>All its chunks are verified, or nothing of it is sent: the store is at work.</summary>
        Awaited,

        /// <summary>Its digest is to come.</summary>
        Proving,

        /// <summary>Its digest has come, and the store compares.</summary>
        Proven,

        /// <summary>It was refused after it had been wanted; what still comes of it is read over.</summary>
        Refused,

        /// <summary>Nothing more is said of it.</summary>
        Settled,
    }

    /// <summary>Whether every entry is settled and everything is said.</summary>
    public bool IsOver => _unsettled == 0 && !HasUnit;

    /// <summary>Whether every entry is settled.</summary>
    public bool IsSettled => _unsettled == 0;

    /// <summary>Whether the source is to send more.</summary>
    public bool AwaitsSource => _next < _states.Length || AwaitsProof;

    /// <summary>Whether the source is to compute the digest of a file.</summary>
    public bool AwaitsProof => _proofs > 0;

    /// <summary>Whether there is something to say.</summary>
    public bool HasUnit => _answered < _entries.Count || _units.Count > 0 || _done.Count > 0;

    /// <summary>Takes the unit before a chunk.</summary>
    /// <param name="data">A DATA unit.</param>
    /// <returns>What is to be done with the chunk that follows.</returns>
    public ChunkStep BeginChunk(in TransferUnit data)
    {
        Debug.Assert(data.Kind == TransferUnitKind.Data);
        bool isExpected = data.First == _next && data.Offset == _offset && IsLengthExpected(data);
        if (!isExpected)
        {
            return _isDiscarding || (data.First < _states.Length && _states[data.First] == State.Refused)
                ? ChunkStep.Discard
                : ChunkStep.Break;
        }

        _isDiscarding = false;
        if (_deferred is { } code)
        {
            _deferred = null;
            HandleRefused(data.First, code);
            return ChunkStep.Discard;
        }

        _receiving = data.First;
        return ChunkStep.Receive;
    }

    /// <summary>Takes the end of a chunk that was received.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="digest">The digest of what arrived.</param>
    /// <param name="said">The chain value behind it, as the source said.</param>
    /// <param name="isLast">Whether the file ends with it.</param>
    /// <returns>What it was.</returns>
    public ChunkEnd EndChunk(int length, ContentDigest digest, ContentDigest said, out bool isLast)
    {
        isLast = false;
        if (_states[_receiving] != State.Wanted)
        {
            return ChunkEnd.Refused;
        }

        ManifestEntry file = _entries[_receiving];
        isLast = file.Size == ManifestEntry.UnknownSize ? length < ChunkSize.Min : _offset + length == file.Size;
        if (said.IsZero)
        {
            return ChunkEnd.Withdrawn;
        }

        if (ChunkChain.Next(_hash, _chain, digest) != said)
        {
            return HandleCorrupt();
        }

        _attempts = 0;
        _offset += length;
        _chain = said;
        if (isLast)
        {
            _digests[_next] = said;
            _states[_next] = State.Awaited;
            MoveOn();
        }

        return ChunkEnd.Verified;
    }

    /// <summary>Takes that the source does not send the rest of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>Whether the store is to be told, that nothing is to be done, or that it breaks the rules.</returns>
    public ChunkStep HandleSkip(int entry)
    {
        if (_isDiscarding || (entry < _states.Length && _states[entry] == State.Refused))
        {
            return ChunkStep.Discard;
        }

        if (entry != _next && !(entry < _states.Length && _states[entry] == State.Proving))
        {
            return ChunkStep.Break;
        }

        Settle(entry, State.Settled);
        return ChunkStep.Receive;
    }

    /// <summary>Takes the digest of a file that is there.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="digest">What the source says its digest is.</param>
    /// <returns>False if it was not asked for.</returns>
    public bool HandleProof(int entry, ContentDigest digest)
    {
        if (entry >= _states.Length || _states[entry] != State.Proving)
        {
            return false;
        }

        _states[entry] = State.Proven;
        _proofs--;
        _digests[entry] = digest;
        return true;
    }

    /// <summary>Compares a unit's check.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="check">The check at its end.</param>
    /// <param name="following">The bytes behind it that it is about.</param>
    /// <returns>False if it is wrong.</returns>
    public bool IsRight(ReadOnlySpan<byte> unit, ReadOnlySpan<byte> check, ReadOnlySpan<byte> following) =>
        _check.IsRight(unit, check, following);

    /// <summary>The digest of a file that is received or proven and not confirmed yet.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>Null for others.</returns>
    public ContentDigest? DigestOf(int entry) => _digests.TryGetValue(entry, out ContentDigest digest) ? digest : null;

    /// <summary>Takes the store's word that everything of a file before an offset is verified and durable.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="offset">The offset.</param>
    public void HandleVerified(int entry, long offset)
    {
        if (_states[entry] is State.Wanted or State.Awaited)
        {
            _units.Enqueue(new TransferUnit { Kind = TransferUnitKind.Ack, First = entry, Last = entry, Offset = offset });
        }
    }

    /// <summary>Takes the store's word that an entry is stored.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="name">The name it got, UTF-8, where that is another; else null.</param>
    public void HandleStored(int entry, byte[]? name)
    {
        if (_states[entry] is not (State.Awaited or State.Proven))
        {
            return;
        }

        if (name is not null)
        {
            _units.Enqueue(new TransferUnit { Kind = TransferUnitKind.Named, First = entry, Last = entry, Length = name.Length });
            _names.Enqueue(name);
        }

        Settle(entry, State.Settled);
        _done.Add(entry);
    }

    /// <summary>Takes the store's word that an entry is not taken.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="code">Why.</param>
    public void HandleRefused(int entry, RefusalCode code)
    {
        if (_states[entry] is State.Settled or State.Refused)
        {
            return;
        }

        if (entry == _next && _isDiscarding)
        {
            // The source is on its way back to this entry. Refused now, it might have gone on from here already, and nobody could tell
            // what it sends again from what it sent before.
            _deferred ??= code;
            return;
        }

        _units.Enqueue(new TransferUnit { Kind = TransferUnitKind.Nak, First = entry, Last = entry, Code = code });
        _digests.Remove(entry);
        Settle(entry, State.Refused);
    }

    /// <summary>Gives a sign of life where the source waits for the store and nothing else is said.</summary>
    public void HandleSilence()
    {
        if (!HasUnit && _digests.Count > 0)
        {
            int entry = _digests.First().Key;
            _units.Enqueue(new TransferUnit { Kind = TransferUnitKind.Ack, First = entry, Last = entry });
        }
    }

    /// <summary>Writes the next unit and what follows it.</summary>
    /// <param name="output">Takes it.</param>
    /// <returns>False where there is nothing to say.</returns>
    public bool TryWrite(IBufferWriter<byte> output)
    {
        if (_answered < _entries.Count)
        {
            WriteAnswer(output);
            return true;
        }

        if (_units.TryDequeue(out TransferUnit unit))
        {
            Write(unit, unit.Kind == TransferUnitKind.Named ? _names.Dequeue() : default, output);
            return true;
        }

        if (_done.Count == 0)
        {
            return false;
        }

        WriteDone(output);
        return true;
    }

    /// <summary>Whether a chunk has the length that follows from the manifest.</summary>
    private bool IsLengthExpected(in TransferUnit data)
    {
        long size = _entries[data.First].Size;
        return size == ManifestEntry.UnknownSize ? data.Length <= ChunkSize.Min : data.Length == ChunkSize.At(size, data.Offset);
    }

    private ChunkEnd HandleCorrupt()
    {
        if (++_attempts < FileLimits.MaxCorruptAttempts)
        {
            _isDiscarding = true;
            _units.Enqueue(new TransferUnit { Kind = TransferUnitKind.Again, First = _next, Last = _next, Offset = _offset });
            return ChunkEnd.Corrupt;
        }

        HandleRefused(_next, RefusalCode.Corrupt);
        return ChunkEnd.Hopeless;
    }

    private void Settle(int entry, State state)
    {
        _proofs -= _states[entry] == State.Proving ? 1 : 0;
        _states[entry] = state;
        _unsettled--;
        if (entry == _next)
        {
            MoveOn();
        }
    }

    /// <summary>Goes on to the next file whose chunks are to come.</summary>
    private void MoveOn()
    {
        do
        {
            _next++;
        }
        while (_next < _states.Length && _states[_next] != State.Wanted);

        _attempts = 0;
        bool isResumed = _next < _states.Length && _answers[_next].Kind == TransferUnitKind.Resume;
        _offset = isResumed ? _answers[_next].Offset : 0;
        _chain = isResumed ? _answers[_next].Chain : null;
    }

    private void WriteAnswer(IBufferWriter<byte> output)
    {
        int first = _answered;
        EntryAnswer answer = _answers[first];
        if (answer.Kind == TransferUnitKind.Resume)
        {
            _answered++;
            Span<byte> chain = stackalloc byte[ContentDigest.Size];
            answer.Chain.CopyTo(chain);
            Write(new TransferUnit { Kind = answer.Kind, First = first, Last = first, Offset = answer.Offset }, chain, output);
            return;
        }

        do
        {
            _answered++;
        }
        while (_answered < _answers.Count && _answers[_answered].Kind == answer.Kind
            && _answers[_answered].Code == answer.Code && _answers[_answered].IsChanged == answer.IsChanged);

        var unit = new TransferUnit
        {
            Kind = answer.Kind,
            First = first,
            Last = _answered - 1,
            Code = answer.Code,
            Level = _level,
            IsChanged = answer.IsChanged,
        };
        Write(unit, default, output);
    }

    /// <summary>Confirms a run of entries, with the digests of its files.</summary>
    private void WriteDone(IBufferWriter<byte> output)
    {
        int first = _done.Min;
        int last = first;
        while (_done.Remove(last))
        {
            last++;
        }

        var unit = new TransferUnit { Kind = TransferUnitKind.Done, First = first, Last = last - 1, Level = _level };
        Span<byte> text = stackalloc byte[ControlUnit.Size];
        ContentHash check = _check.Begin(text[..unit.WriteText(text)]);
        for (int entry = first; entry < last; entry++)
        {
            if (_digests.Remove(entry, out ContentDigest digest))
            {
                UnitCheck.Append(check, digest);
            }
        }

        _check.Complete(unit, output.GetSpan(ControlUnit.Size));
        output.Advance(ControlUnit.Size);
    }

    private void Write(in TransferUnit unit, ReadOnlySpan<byte> following, IBufferWriter<byte> output)
    {
        _check.Write(unit, following, output.GetSpan(ControlUnit.Size));
        output.Advance(ControlUnit.Size);
        output.Write(following);
    }
}
