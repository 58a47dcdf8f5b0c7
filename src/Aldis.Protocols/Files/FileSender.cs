using System.Diagnostics;
using System.Text;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>
/// The decisions of a transfer's source (docs/protocols/files.md sections 7.2 and 9) on one connection: what is sent next, what the receiver
/// may say, and what a confirmation proves. It reads no file: the driver asks for steps and tells what came of them. Not thread-safe.
/// </summary>
internal sealed class FileSender
{
    private readonly IReadOnlyList<ManifestEntry> _entries;
    private readonly UnitCheck _check;
    private readonly ContentHash _hash;
    private readonly IFileSenderObserver _observer;
    private readonly State[] _states;

    // Of files that are sent or proven and not confirmed yet.
    private readonly Dictionary<int, ContentDigest> _digests = [];
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<int, RefusalCode> _skipped = [];
    private readonly Dictionary<int, (long Offset, ContentDigest Chain)> _resumed = [];

    // The chunks that may be asked for again, in the order in which they were sent.
    private readonly LinkedList<SendStep> _outstanding = [];
    private int _answered;
    private int _unsettled;
    private int _next = -1;
    private long _offset;
    private ContentDigest? _chain;
    private bool _isRepeat;
    private int _generation;

    /// <summary>Begins a connection with nothing answered.</summary>
    /// <param name="entries">The manifest.</param>
    /// <param name="check">The checks of this transfer's units.</param>
    /// <param name="hash">A hash of the transfer's algorithm, of nothing so far; not one that is used elsewhere at the same time.</param>
    /// <param name="observer">Hears what the receiver says.</param>
    public FileSender(IReadOnlyList<ManifestEntry> entries, UnitCheck check, ContentHash hash, IFileSenderObserver observer)
    {
        _entries = entries;
        _check = check;
        _hash = hash;
        _observer = observer;
        _states = new State[entries.Count];
        _unsettled = entries.Count;
    }

    private enum State : byte
    {
        /// <summary>The receiver has not answered.</summary>
        Unanswered,

        /// <summary>Its chunks are to be sent.</summary>
        Wanted,

        /// <summary>Everything is sent, or nothing is to be sent: its confirmation is to come.</summary>
        Sent,

        /// <summary>Its digest is to be sent.</summary>
        Proving,

        /// <summary>Its digest is sent: its confirmation is to come.</summary>
        Proven,

        /// <summary>The source does not send it. Said again where the receiver had to discard it.</summary>
        Skipped,

        /// <summary>The receiver confirmed or refused it.</summary>
        Settled,
    }

    /// <summary>Whether every entry is settled.</summary>
    public bool IsOver => _unsettled == 0;

    /// <summary>Whether the receiver answered for all entries.</summary>
    public bool IsAnswered => _answered == _entries.Count;

    /// <summary>Says what is to be done next; asked again after each step.</summary>
    public SendStep NextStep()
    {
        if (IsOver)
        {
            return new SendStep(SendStepKind.Over);
        }

        if (!IsAnswered)
        {
            return new SendStep(SendStepKind.Wait);
        }

        while (_next < 0 || (_next < _states.Length && _states[_next] is not (State.Wanted or State.Proving or State.Skipped)))
        {
            MoveOn();
        }

        if (_next == _states.Length)
        {
            return new SendStep(SendStepKind.Wait);
        }

        ManifestEntry entry = _entries[_next];
        int length = entry.Size == ManifestEntry.UnknownSize ? ChunkSize.Min : ChunkSize.At(entry.Size, _offset);
        return _states[_next] switch
        {
            State.Proving => new SendStep(SendStepKind.Prove, _next) { Generation = _generation },
            State.Skipped when !_isRepeat => new SendStep(SendStepKind.Skip, _next) { Code = _skipped[_next], Generation = _generation },
            _ => new SendStep(SendStepKind.Chunk, _next, _offset, length)
            {
                IsRepeat = _isRepeat,
                IsWithdrawn = _states[_next] == State.Skipped,
                Chain = _chain,
                Generation = _generation,
            },
        };
    }

    /// <summary>Takes that a chunk is read, and says what stands behind it.</summary>
    /// <param name="step">The step.</param>
    /// <param name="length">Its bytes; fewer than the step's only at the end of a file of unknown size.</param>
    /// <param name="digest">The digest of the chunk.</param>
    /// <returns>The chain value.</returns>
    public ContentDigest HandleChunk(in SendStep step, int length, ContentDigest digest)
    {
        ContentDigest chain = ChunkChain.Next(_hash, step.Chain, digest);
        if (step.Generation != _generation || step.Entry != _next || _states[_next] != State.Wanted)
        {
            // Asked for another one meanwhile, or the entry was refused.
            return chain;
        }

        _isRepeat = false;
        _outstanding.AddLast(step);
        _offset += length;
        _chain = chain;
        long size = _entries[_next].Size;
        if (size == ManifestEntry.UnknownSize ? length < ChunkSize.Min : _offset == size)
        {
            _digests[_next] = chain;
            _states[_next] = State.Sent;
            MoveOn();
        }

        return chain;
    }

    /// <summary>Takes that the rest of an entry cannot be sent; what was begun of a chunk is withdrawn before this is said.</summary>
    /// <param name="step">The step.</param>
    /// <param name="code"><see cref="RefusalCode.Changed"/> or <see cref="RefusalCode.Unreadable"/>.</param>
    /// <param name="unit">Takes the SKIP unit.</param>
    /// <returns>False where nothing is to be said: the receiver asked for another chunk meanwhile, or refused the entry.</returns>
    public bool TrySkip(in SendStep step, RefusalCode code, Span<byte> unit)
    {
        int entry = step.Entry;
        if (step.Generation != _generation || entry != _next || _states[entry] is not (State.Wanted or State.Proving or State.Skipped))
        {
            return false;
        }

        _check.Write(new TransferUnit { Kind = TransferUnitKind.Skip, First = entry, Last = entry, Code = code }, default, unit);
        if (step.Kind == SendStepKind.Chunk)
        {
            // The zeros that withdraw it may have become something else on the way.
            _outstanding.AddLast(step);
        }

        if (_skipped.TryAdd(entry, code))
        {
            _unsettled--;
            _observer.HandleSettled(entry, new EntryOutcome(code, WasThere: false, Name: null, Digest: null));
        }

        _states[entry] = State.Skipped;
        MoveOn();
        return true;
    }

    /// <summary>Writes the digest of a file that the receiver has, behind its unit.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="digest">Its digest.</param>
    /// <param name="output">Takes the unit and the digest: 96 bytes.</param>
    /// <returns>False where nothing is to be said.</returns>
    public bool TryProve(int entry, ContentDigest digest, Span<byte> output)
    {
        if (entry != _next || _states[entry] != State.Proving)
        {
            return false;
        }

        Span<byte> following = output.Slice(ControlUnit.Size, ContentDigest.Size);
        digest.CopyTo(following);
        _check.Write(new TransferUnit { Kind = TransferUnitKind.Proof, First = entry, Last = entry }, following, output);
        _digests[entry] = digest;
        _states[entry] = State.Proven;
        MoveOn();
        return true;
    }

    /// <summary>Takes a unit of the receiver.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="following">The bytes behind it (<see cref="TransferUnit.FollowingBytes"/>).</param>
    /// <returns>False if it breaks the rules: its check is wrong, or it says what cannot be.</returns>
    public bool TryHandle(ReadOnlySpan<byte> unit, ReadOnlySpan<byte> following)
    {
        if (!TransferUnit.TryParse(unit, out TransferUnit parsed, out ReadOnlySpan<byte> check) || parsed.Last >= _entries.Count)
        {
            return false;
        }

        bool isDone = parsed.Kind == TransferUnitKind.Done;
        if (isDone ? !IsDoneRight(parsed, unit, check) : !_check.IsRight(unit, check, following))
        {
            return false;
        }

        if (!IsAnswered)
        {
            return TryHandleAnswer(parsed, following);
        }

        switch (parsed.Kind)
        {
            case TransferUnitKind.Ack:
                return TryHandleAck(parsed);
            case TransferUnitKind.Again:
                return TryGoBack(parsed);
            case TransferUnitKind.Named:
                _names[parsed.First] = Encoding.UTF8.GetString(following);
                return true;
            case TransferUnitKind.Done:
                HandleDone(parsed);
                return true;
            case TransferUnitKind.Nak:
                HandleNak(parsed);
                return true;
            default:
                return false;
        }
    }

    private bool TryHandleAnswer(in TransferUnit unit, ReadOnlySpan<byte> following)
    {
        if (unit.First != _answered)
        {
            return false;
        }

        for (int entry = unit.First; entry <= unit.Last; entry++)
        {
            bool isFile = _entries[entry].Kind == FileEntryKind.File;
            long size = _entries[entry].Size;
            switch (unit.Kind)
            {
                case TransferUnitKind.Want:
                    _states[entry] = isFile ? State.Wanted : State.Sent;
                    break;
                case TransferUnitKind.Resume when isFile && ChunkSize.IsBorder(size, unit.Offset):
                    _states[entry] = State.Wanted;
                    _resumed[entry] = (unit.Offset, new ContentDigest(following));
                    break;
                case TransferUnitKind.Prove when isFile:
                    _states[entry] = State.Proving;
                    break;
                case TransferUnitKind.Have:
                    Settle(entry, new EntryOutcome(Refusal: null, WasThere: true, Name: null, Digest: null));
                    break;
                case TransferUnitKind.Nak:
                    Settle(entry, new EntryOutcome(unit.Code, WasThere: false, Name: null, Digest: null));
                    break;
                default:
                    return false;
            }

            if (_states[entry] != State.Settled)
            {
                _observer.HandleAnswer(
                    entry, new EntryAnswer { Kind = unit.Kind, Offset = unit.Offset, IsChanged = unit.IsChanged });
            }
        }

        _answered = unit.Last + 1;
        return true;
    }

    private bool TryHandleAck(in TransferUnit unit)
    {
        if (_states[unit.First] is State.Unanswered or State.Proving)
        {
            return false;
        }

        // At 0 it is a sign of life, and says nothing.
        if (unit.Offset > 0)
        {
            Forget(unit.First, unit.Offset);
            _observer.HandleVerified(unit.First, unit.Offset);
        }

        return true;
    }

    private bool TryGoBack(in TransferUnit unit)
    {
        while (_outstanding.Last?.Value is { } step)
        {
            _outstanding.RemoveLast();
            if (_states[step.Entry] == State.Sent)
            {
                _states[step.Entry] = State.Wanted;
                _digests.Remove(step.Entry);
            }

            if (step.Entry == unit.First && step.Offset == unit.Offset)
            {
                _next = step.Entry;
                _offset = step.Offset;
                _chain = step.Chain;
                _isRepeat = true;
                _generation++;
                return _states[step.Entry] is State.Wanted or State.Skipped;
            }
        }

        return false;
    }

    /// <summary>Whether every entry of a DONE may be confirmed, and its check proves what was sent.</summary>
    private bool IsDoneRight(in TransferUnit unit, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> check)
    {
        if (!IsAnswered)
        {
            return false;
        }

        for (int entry = unit.First; entry <= unit.Last; entry++)
        {
            if (_states[entry] is not (State.Sent or State.Proven))
            {
                return false;
            }
        }

        ContentHash hash = _check.Begin(UnitCheck.TextBefore(bytes, check));
        for (int entry = unit.First; entry <= unit.Last; entry++)
        {
            if (_digests.TryGetValue(entry, out ContentDigest digest))
            {
                UnitCheck.Append(hash, digest);
            }
        }

        Span<byte> right = stackalloc byte[FileLimits.CheckLength];
        _check.Finish(right);
        return right.SequenceEqual(check);
    }

    private void HandleDone(in TransferUnit unit)
    {
        for (int entry = unit.First; entry <= unit.Last; entry++)
        {
            ContentDigest? digest = null;
            bool wasThere = _states[entry] == State.Proven;
            if (_digests.Remove(entry, out ContentDigest known))
            {
                digest = known;
                if (_states[entry] == State.Sent)
                {
                    Forget(entry, long.MaxValue);
                }
            }

            _ = _names.Remove(entry, out string? name);
            Settle(entry, new EntryOutcome(Refusal: null, wasThere, name, digest));
        }
    }

    private void HandleNak(in TransferUnit unit)
    {
        for (int entry = unit.First; entry <= unit.Last; entry++)
        {
            if (_states[entry] is not (State.Settled or State.Skipped))
            {
                _digests.Remove(entry);
                Settle(entry, new EntryOutcome(unit.Code, WasThere: false, Name: null, Digest: null));
            }
        }
    }

    private void Settle(int entry, in EntryOutcome outcome)
    {
        Debug.Assert(_states[entry] is not (State.Settled or State.Skipped));
        _states[entry] = State.Settled;
        _unsettled--;
        _observer.HandleSettled(entry, outcome);
    }

    /// <summary>Forgets the chunks that are verified: those before an offset, and those of all files before, since they are verified in
    /// order.</summary>
    private void Forget(int entry, long offset)
    {
        while (_outstanding.First?.Value is { } step && (step.Entry < entry || (step.Entry == entry && step.Offset < offset)))
        {
            _outstanding.RemoveFirst();
        }
    }

    private void MoveOn()
    {
        _next++;
        _isRepeat = false;
        bool isResumed = _resumed.TryGetValue(_next, out (long Offset, ContentDigest Chain) from);
        _offset = isResumed ? from.Offset : 0;
        _chain = isResumed ? from.Chain : null;
    }
}
