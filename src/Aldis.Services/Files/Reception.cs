using System.Buffers;
using System.Text;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Inbox;
using Aldis.Services.Integrity;

namespace Aldis.Services.Files;

/// <summary>
/// The receiving side of a transfer on one connection, whichever side of it that is: it takes what the source sends piece by piece, gives chunks to
/// the store, and holds what is to be answered until somebody writes it. What is right is <see cref="FileReceiver"/>'s decision.
/// </summary>
internal sealed class Reception : ITransferObserver, IDisposable
{
    private readonly Lock _gate = new();
    private readonly TransferOffer _offer;
    private readonly Action _answers;
    private readonly IReceptionWatcher _watcher;
    private readonly ContentHash _checkHash;
    private readonly ContentHash _chainHash;
    private readonly ContentHash _chunkHash;
    private readonly ChunkGathering _gathering = new();
    private readonly UnitCheck _check;
    private readonly byte[] _unit = new byte[ControlUnit.Size];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FileReceiver? _receiver;
    private IIncomingTransfer? _transfer;
    private Part _part;
    private TransferUnit _data;
    private ChunkStep _step;
    private int _done;

    /// <summary>Prepares a reception.</summary>
    /// <param name="offer">What is offered.</param>
    /// <param name="opening">m.</param>
    /// <param name="answers">Called when there is something to write, from any thread, outside of all locks.</param>
    /// <param name="watcher">Told what becomes of the entries.</param>
    public Reception(TransferOffer offer, ContentDigest opening, Action answers, IReceptionWatcher watcher)
    {
        _offer = offer;
        _answers = answers;
        _watcher = watcher;
        _checkHash = ContentHashes.Create(offer.Opening.Algorithm);
        _chainHash = ContentHashes.Create(offer.Opening.Algorithm);
        _chunkHash = ContentHashes.Create(offer.Opening.Algorithm);
        _check = new UnitCheck(_checkHash, opening);
    }

    private enum Part
    {
        /// <summary>A unit, and the digest behind a PROOF.</summary>
        Unit,

        /// <summary>The bytes of a chunk.</summary>
        Chunk,

        /// <summary>The chain value behind them.</summary>
        Chain,
    }

    /// <summary>Whether every entry is settled, though it may not be said yet.</summary>
    public bool IsSettled => Asks(static receiver => receiver.IsSettled);

    /// <summary>Whether every entry is settled and all is said.</summary>
    public bool IsOver => Asks(static receiver => receiver.IsOver);

    /// <summary>Ends when every entry is settled.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Whether the source is to send more.</summary>
    public bool AwaitsSource => Asks(static receiver => receiver.AwaitsSource);

    /// <summary>Whether the source is to compute a digest, which may take its time.</summary>
    public bool AwaitsProof => Asks(static receiver => receiver.AwaitsProof);

    /// <summary>Asks the store what it wants.</summary>
    /// <exception cref="IOException">It takes nothing.</exception>
    public async ValueTask OpenAsync(ITransferStore store)
    {
        try
        {
            _transfer = await store.OpenAsync(_offer, this).ConfigureAwait(false);
            lock (_gate)
            {
                _receiver = new FileReceiver(_offer.Entries, _transfer.Answers, _check, _chainHash, AcknowledgementLevel.Durable);
            }
        }
        finally
        {
            _opened.TrySetResult();
        }

        for (int entry = 0; entry < _offer.Entries.Count; entry++)
        {
            _watcher.HandleAnswer(entry, _transfer.Answers[entry]);
        }

        _answers();
    }

    /// <summary>Takes what it can of what has arrived.</summary>
    /// <param name="received">Sliced past what was taken.</param>
    /// <returns>What is to be done before the next call; null where more must arrive, or <see cref="IsSettled"/> and what comes next is no
    /// unit of this transfer.</returns>
    /// <exception cref="BrokenTransferException">The source broke the rules.</exception>
    public Func<ValueTask>? Read(ref ReadOnlySequence<byte> received)
    {
        Func<ValueTask>? work = null;
        while (work is null && TryRead(ref received, out work))
        {
        }

        bool isSettled;
        lock (_gate)
        {
            NoteSettled();
            isSettled = _receiver!.IsSettled;
        }

        if (isSettled)
        {
            // What the source skips is settled without an answer.
            _answers();
        }

        return work;
    }

    /// <summary>Writes what is to be said.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="mostBytes">About as much as is written at most.</param>
    /// <returns>Whether there was anything.</returns>
    public bool Write(IBufferWriter<byte> output, int mostBytes)
    {
        lock (_gate)
        {
            bool isAny = false;
            for (int written = 0; written < mostBytes && _receiver is not null && _receiver.TryWrite(output); written += ControlUnit.Size)
            {
                isAny = true;
            }

            return isAny;
        }
    }

    /// <summary>Gives a sign of life where the source waits and there is nothing to say.</summary>
    public void HandleSilence()
    {
        lock (_gate)
        {
            _receiver?.HandleSilence();
        }

        _answers();
    }

    /// <summary>Nothing more comes: the store makes durable what is whole, and keeps the rest.</summary>
    /// <returns>A task that ends when nothing is under way; what is then to be said is said no later.</returns>
    public ValueTask CloseAsync() => _transfer is null ? default : _transfer.DisposeAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _receiver = null;
        }

        _checkHash.Dispose();
        _chainHash.Dispose();
        _chunkHash.Dispose();
        _gathering.Dispose();
    }

    void ITransferObserver.HandleVerified(int entry, long offset)
    {
        _watcher.HandleVerified(entry, offset);
        Tell(receiver => receiver.HandleVerified(entry, offset));
    }

    void ITransferObserver.HandleStored(int entry, string path, bool isRenamed)
    {
        ContentDigest? digest;
        lock (_gate)
        {
            digest = _receiver?.DigestOf(entry);
        }

        _watcher.HandleStored(entry, path, isRenamed, digest);
        Tell(receiver => receiver.HandleStored(entry, isRenamed ? Encoding.UTF8.GetBytes(path) : null));
    }

    void ITransferObserver.HandleRefused(int entry, RefusalCode code, string detail)
    {
        _watcher.HandleRefused(entry, code, detail);
        Tell(receiver => receiver.HandleRefused(entry, code));
    }

    private bool Asks(Func<FileReceiver, bool> what)
    {
        lock (_gate)
        {
            return _receiver is { } receiver && what(receiver);
        }
    }

    private void Tell(Action<FileReceiver> what)
    {
        if (_receiver is null)
        {
            // The store may be quicker than the opening of the transfer is noted here.
            _ = _opened.Task.ContinueWith(
                _ => TellNow(what), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return;
        }

        TellNow(what);
    }

    private void TellNow(Action<FileReceiver> what)
    {
        lock (_gate)
        {
            if (_receiver is not null)
            {
                what(_receiver);
                NoteSettled();
            }
        }

        _answers();
    }

    private void NoteSettled()
    {
        if (_receiver!.IsSettled)
        {
            _settled.TrySetResult();
        }
    }

    /// <summary>Takes one thing.</summary>
    /// <returns>False where more must arrive.</returns>
    private bool TryRead(ref ReadOnlySequence<byte> received, out Func<ValueTask>? work)
    {
        work = null;
        switch (_part)
        {
            case Part.Unit:
                return TryReadUnit(ref received, out work);
            case Part.Chunk:
                return TryReadChunk(ref received, out work);
            default:
                return TryReadChain(ref received, out work);
        }
    }

    private bool TryReadUnit(ref ReadOnlySequence<byte> received, out Func<ValueTask>? work)
    {
        work = null;
        if (received.Length < ControlUnit.Size)
        {
            return false;
        }

        received.Slice(0, ControlUnit.Size).CopyTo(_unit);
        if (!TransferUnit.TryParse(_unit, out TransferUnit unit, out ReadOnlySpan<byte> check))
        {
            return IsSettled ? false : throw new BrokenTransferException();
        }

        if (unit.Kind == TransferUnitKind.Data)
        {
            received = received.Slice(ControlUnit.Size);
            BeginChunk(unit);
            return true;
        }

        int length = ControlUnit.Size + unit.FollowingBytes;
        if (unit.Kind is not (TransferUnitKind.Skip or TransferUnitKind.Proof))
        {
            throw new BrokenTransferException();
        }

        if (received.Length < length)
        {
            return false;
        }

        Span<byte> following = stackalloc byte[unit.FollowingBytes];
        received.Slice(ControlUnit.Size, unit.FollowingBytes).CopyTo(following);
        received = received.Slice(length);
        lock (_gate)
        {
            if (!_receiver!.IsRight(_unit, check, following))
            {
                throw new BrokenTransferException();
            }

            work = unit.Kind == TransferUnitKind.Skip ? Skip(unit) : Prove(unit.First, new ContentDigest(following));
        }

        return true;
    }

    private void BeginChunk(in TransferUnit unit)
    {
        lock (_gate)
        {
            _step = _receiver!.BeginChunk(unit);
        }

        if (_step == ChunkStep.Break)
        {
            throw new BrokenTransferException();
        }

        _data = unit;
        _done = 0;
        _part = unit.Length > 0 ? Part.Chunk : Part.Chain;
        if (unit.Length > 0 && _step == ChunkStep.Receive)
        {
            _gathering.Begin(unit.Length);
        }

        _answers();
    }

    private Func<ValueTask>? Skip(in TransferUnit unit)
    {
        ChunkStep step = _receiver!.HandleSkip(unit.First);
        if (step == ChunkStep.Break)
        {
            throw new BrokenTransferException();
        }

        if (step == ChunkStep.Discard)
        {
            return null;
        }

        int entry = unit.First;
        RefusalCode code = unit.Code;
        return () =>
        {
            _watcher.HandleRefused(
                entry, code, code == RefusalCode.Changed ? "its source changed while it was sent" : "its source could not read it");
            return _transfer!.AbandonAsync(entry, discard: code == RefusalCode.Changed);
        };
    }

    private Func<ValueTask> Prove(int entry, ContentDigest digest)
    {
        if (!_receiver!.HandleProof(entry, digest))
        {
            throw new BrokenTransferException();
        }

        return async () =>
        {
            ContentDigest? found = await _transfer!.ComputeDigestAsync(entry).ConfigureAwait(false);
            ITransferObserver observer = this;
            if (found == digest)
            {
                _watcher.HandleProven(entry, digest);
                Tell(receiver => receiver.HandleStored(entry, null));
            }
            else
            {
                observer.HandleRefused(
                    entry,
                    _offer.Opening.IsVerify ? RefusalCode.Differs : RefusalCode.Exists,
                    "a file of this name and size is there, with another content");
            }
        };
    }

    private bool TryReadChunk(ref ReadOnlySequence<byte> received, out Func<ValueTask>? work)
    {
        work = null;
        int count = (int)Math.Min(received.Length, _data.Length - _done);
        if (count == 0)
        {
            return false;
        }

        ReadOnlySequence<byte> piece = received.Slice(0, count);
        received = received.Slice(count);
        long offset = _data.Offset + _done;
        _done += count;
        _part = _done == _data.Length ? Part.Chain : Part.Chunk;
        if (_step == ChunkStep.Receive)
        {
            work = () => TakeAsync(offset, piece);
        }

        return true;
    }

    /// <summary>Gathers a piece, and gives what is gathered to the store where it is much, or the end of the chunk.</summary>
    private async ValueTask TakeAsync(long offset, ReadOnlySequence<byte> pieces)
    {
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            for (int taken = 0; taken < piece.Length;)
            {
                int count = _gathering.Append(piece.Span[taken..]);
                taken += count;
                offset += count;
                if (_gathering.IsFull || offset == _data.Offset + _data.Length)
                {
                    ReadOnlyMemory<byte> block = _gathering.Take();
                    ValueTask writing = _transfer!.WriteAsync(_data.First, offset - block.Length, block);
                    _chunkHash.Append(block.Span);
                    await writing.ConfigureAwait(false);
                }
            }
        }

        _watcher.HandleMoved(_data.First, offset);
    }

    private bool TryReadChain(ref ReadOnlySequence<byte> received, out Func<ValueTask>? work)
    {
        work = null;
        if (received.Length < ContentDigest.Size)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[ContentDigest.Size];
        received.Slice(0, ContentDigest.Size).CopyTo(bytes);
        received = received.Slice(ContentDigest.Size);
        _part = Part.Unit;
        if (_step == ChunkStep.Receive)
        {
            var said = new ContentDigest(bytes);
            work = EndChunk(said);
            _answers();
        }

        return true;
    }

    private Func<ValueTask>? EndChunk(ContentDigest said)
    {
        ChunkEnd end;
        bool isLast;
        ContentDigest digest = _chunkHash.Finish();
        lock (_gate)
        {
            end = _receiver!.EndChunk(_data.Length, digest, said, out isLast);
        }

        int entry = _data.First;
        long offset = _data.Offset + _data.Length;
        switch (end)
        {
            case ChunkEnd.Verified:
                return () => _transfer!.CompleteChunkAsync(entry, offset, said, isLast);
            case ChunkEnd.Hopeless:
                _watcher.HandleRefused(entry, RefusalCode.Corrupt, "it came three times with another digest than was said");
                return () => _transfer!.AbandonAsync(entry, discard: false);
            case ChunkEnd.Corrupt:
                _watcher.HandleCorrupt(entry, _data.Offset);
                return null;
            default:
                return null;
        }
    }
}
