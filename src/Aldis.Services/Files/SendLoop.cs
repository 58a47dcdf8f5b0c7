using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;

namespace Aldis.Services.Files;

/// <summary>
/// The writing side of a transfer's source on one connection: it carries out what <see cref="FileSender"/> decides, in memory that does not grow
/// with the files. What the receiver says is given to the sender elsewhere, under the same gate.
/// </summary>
internal sealed class SendLoop : IDisposable
{
    /// <summary>A hash is several times as fast over pieces of this size, and multiples, as over smaller or uneven ones.</summary>
    private const int HashPiece = 64 * 1024;

    private readonly ITransferSource _source;
    private readonly FileSender _sender;
    private readonly Lock _gate;
    private readonly ContentHash _hash;
    private readonly ContentHash _chain;
    private readonly TransferOutput _output;
    private readonly Action<int, long>? _moved;
    private readonly Action<int, long>? _hashed;
    private ISourceFile? _file;
    private int _opened = -1;

    /// <summary>Prepares the sending over one connection.</summary>
    /// <param name="source">What is sent.</param>
    /// <param name="sender">What decides.</param>
    /// <param name="gate">Guards the sender.</param>
    /// <param name="algorithm">The transfer's.</param>
    /// <param name="output">Where it is written.</param>
    /// <param name="moved">Told how far a file is sent; null where nobody asks.</param>
    /// <param name="hashed">Told the end of each chunk that was hashed; null where nobody asks.</param>
    public SendLoop(
        ITransferSource source,
        FileSender sender,
        Lock gate,
        DigestAlgorithm algorithm,
        TransferOutput output,
        Action<int, long>? moved = null,
        Action<int, long>? hashed = null)
    {
        _source = source;
        _sender = sender;
        _gate = gate;
        _output = output;
        _moved = moved;
        _hashed = hashed;
        _hash = Integrity.ContentHashes.Create(algorithm);
        _chain = Integrity.ContentHashes.Create(algorithm);
    }

    /// <summary>Sends until every entry is settled.</summary>
    /// <param name="wait">Waits until the receiver said something; it throws where that takes too long, or nothing will come.</param>
    /// <param name="cancellationToken">Stops reading and sending.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task RunAsync(Func<ValueTask> wait, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                SendStep step;
                lock (_gate)
                {
                    step = _sender.NextStep();
                }

                switch (step.Kind)
                {
                    case SendStepKind.Over:
                        await _output.FlushAsync().ConfigureAwait(false);
                        await _output.DrainAsync().ConfigureAwait(false);
                        return;
                    case SendStepKind.Wait:
                        await _output.FlushAsync().ConfigureAwait(false);
                        await _output.DrainAsync().ConfigureAwait(false);
                        await wait().ConfigureAwait(false);
                        break;
                    case SendStepKind.Prove:
                        await ProveAsync(step, cancellationToken).ConfigureAwait(false);
                        break;
                    case SendStepKind.Skip:
                        await SkipAsync(step, step.Code).ConfigureAwait(false);
                        break;
                    default:
                        await SendChunkAsync(step, cancellationToken).ConfigureAwait(false);
                        break;
                }
            }
        }
        finally
        {
            await CloseFileAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash.Dispose();
        _chain.Dispose();
    }

    private static bool IsReadError(Exception exception) =>
        exception is (IOException or UnauthorizedAccessException or NotSupportedException) and not Transports.CommunicationException;

    private async ValueTask SendChunkAsync(SendStep step, CancellationToken cancellationToken)
    {
        ISourceFile? file = step.IsWithdrawn ? null : await TryOpenAsync(step.Entry, cancellationToken).ConfigureAwait(false);
        long size = _source.Entries[step.Entry].Size;
        if (file is null)
        {
            if (step.IsRepeat)
            {
                await AnnounceAsync(step, step.Length).ConfigureAwait(false);
                await WithdrawAsync(step.Length).ConfigureAwait(false);
            }

            await SkipAsync(step, RefusalCode.Unreadable).ConfigureAwait(false);
            return;
        }

        if (size == ManifestEntry.UnknownSize)
        {
            await SendUnknownAsync(step, file, cancellationToken).ConfigureAwait(false);
            return;
        }

        await AnnounceAsync(step, step.Length).ConfigureAwait(false);
        int left = step.Length;
        RefusalCode? failure = null;
        while (left > 0)
        {
            await _output.ReserveAsync(Math.Min(left, HashPiece)).ConfigureAwait(false);
            Memory<byte> room = _output.Room;
            room = room[..(room.Length >= left ? left : room.Length / HashPiece * HashPiece)];
            (int read, failure) = await ReadAsync(file, step.Offset + step.Length - left, room, cancellationToken).ConfigureAwait(false);
            if (failure is not null)
            {
                break;
            }

            _hash.Append(room.Span[..read]);
            _output.Advance(read);
            left -= read;
            _moved?.Invoke(step.Entry, step.Offset + step.Length - left);
        }

        ContentDigest digest = _hash.Finish();
        if (failure is null && step.Offset + step.Length == size && !file.IsUnchanged())
        {
            failure = RefusalCode.Changed;
        }

        if (failure is { } code)
        {
            await WithdrawAsync(left).ConfigureAwait(false);
            await SkipAsync(step, code).ConfigureAwait(false);
            return;
        }

        await VouchAsync(step, step.Length, digest).ConfigureAwait(false);
    }

    /// <summary>A chunk of what says only at its end how long it is: read before it is announced.</summary>
    private async ValueTask SendUnknownAsync(SendStep step, ISourceFile file, CancellationToken cancellationToken)
    {
        byte[] chunk = new byte[step.Length];
        int length = 0;
        while (length < chunk.Length)
        {
            // What was gathered does not wait for a source that is slow.
            await _output.FlushAsync().ConfigureAwait(false);
            (int read, RefusalCode? failure) =
                await ReadAsync(file, step.Offset + length, chunk.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (failure == RefusalCode.Unreadable)
            {
                if (step.IsRepeat)
                {
                    await AnnounceAsync(step, length).ConfigureAwait(false);
                    await WithdrawAsync(length).ConfigureAwait(false);
                }

                await SkipAsync(step, RefusalCode.Unreadable).ConfigureAwait(false);
                return;
            }

            if (failure is not null)
            {
                break;
            }

            length += read;
            _moved?.Invoke(step.Entry, step.Offset + length);
        }

        _hash.Append(chunk.AsSpan(0, length));
        ContentDigest digest = _hash.Finish();
        await AnnounceAsync(step, length).ConfigureAwait(false);
        for (int sent = 0; sent < length;)
        {
            await _output.ReserveAsync(1).ConfigureAwait(false);
            int piece = Math.Min(_output.Room.Length, length - sent);
            chunk.AsMemory(sent, piece).CopyTo(_output.Room);
            _output.Advance(piece);
            sent += piece;
        }

        await VouchAsync(step, length, digest).ConfigureAwait(false);
    }

    private async ValueTask AnnounceAsync(SendStep step, int length)
    {
        await _output.ReserveAsync(ControlUnit.Size).ConfigureAwait(false);
        var unit = new TransferUnit
        {
            Kind = TransferUnitKind.Data,
            First = step.Entry,
            Last = step.Entry,
            Offset = step.Offset,
            Length = length,
        };
        Span<byte> text = _output.Room.Span[..ControlUnit.Size];
        text[unit.WriteText(text)..].Fill((byte)' ');
        _output.Advance(ControlUnit.Size);
    }

    private async ValueTask VouchAsync(SendStep step, int length, ContentDigest digest)
    {
        _hashed?.Invoke(step.Entry, step.Offset + length);
        await _output.ReserveAsync(ContentDigest.Size).ConfigureAwait(false);
        lock (_gate)
        {
            _sender.HandleChunk(step, length, digest).CopyTo(_output.Room.Span);
        }

        _output.Advance(ContentDigest.Size);
    }

    /// <summary>Ends a chunk that was announced and cannot be sent: zeros to its end, and in the place of its chain value.</summary>
    private async ValueTask WithdrawAsync(int left)
    {
        for (int zeros = left + ContentDigest.Size; zeros > 0;)
        {
            await _output.ReserveAsync(1).ConfigureAwait(false);
            int piece = Math.Min(_output.Room.Length, zeros);
            _output.Room.Span[..piece].Clear();
            _output.Advance(piece);
            zeros -= piece;
        }
    }

    private async ValueTask SkipAsync(SendStep step, RefusalCode code)
    {
        await _output.ReserveAsync(ControlUnit.Size).ConfigureAwait(false);
        bool isSaid;
        lock (_gate)
        {
            isSaid = _sender.TrySkip(step, code, _output.Room.Span);
        }

        _output.Advance(isSaid ? ControlUnit.Size : 0);
    }

    private async ValueTask ProveAsync(SendStep step, CancellationToken cancellationToken)
    {
        // The receiver hears what was gathered while this takes its time.
        await _output.FlushAsync().ConfigureAwait(false);
        RefusalCode? failure = RefusalCode.Unreadable;
        ContentDigest? chain = null;
        long size = _source.Entries[step.Entry].Size;
        if (await TryOpenAsync(step.Entry, cancellationToken).ConfigureAwait(false) is { } file)
        {
            byte[] buffer = new byte[Math.Min(Math.Max(size, 1), ChunkSize.Min)];
            failure = null;
            for (long offset = 0; failure is null && (offset < size || chain is null);)
            {
                int chunk = ChunkSize.At(size, offset);
                for (int done = 0; failure is null && done < chunk;)
                {
                    Memory<byte> room = buffer.AsMemory(0, Math.Min(buffer.Length, chunk - done));
                    (int read, failure) = await ReadAsync(file, offset + done, room, cancellationToken).ConfigureAwait(false);
                    _hash.Append(room.Span[..read]);
                    done += read;
                }

                chain = ChunkChain.Next(_chain, chain, _hash.Finish());
                offset += chunk;
                _hashed?.Invoke(step.Entry, offset);
            }

            failure ??= file.IsUnchanged() ? null : RefusalCode.Changed;
        }

        if (failure is { } code)
        {
            await SkipAsync(step, code).ConfigureAwait(false);
            return;
        }

        const int ProofBytes = ControlUnit.Size + ContentDigest.Size;
        await _output.ReserveAsync(ProofBytes).ConfigureAwait(false);
        bool isSaid;
        lock (_gate)
        {
            isSaid = _sender.TryProve(step.Entry, chain!.Value, _output.Room.Span);
        }

        _output.Advance(isSaid ? ProofBytes : 0);
    }

    /// <summary>Reads; the end of a file that should go on is a change.</summary>
    private static async ValueTask<(int Read, RefusalCode? Failure)> ReadAsync(
        ISourceFile file, long offset, Memory<byte> room, CancellationToken cancellationToken)
    {
        try
        {
            int read = await file.ReadAsync(offset, room, cancellationToken).ConfigureAwait(false);
            return (read, read > 0 ? null : RefusalCode.Changed);
        }
        catch (Exception exception) when (IsReadError(exception))
        {
            return (0, RefusalCode.Unreadable);
        }
    }

    private async ValueTask<ISourceFile?> TryOpenAsync(int entry, CancellationToken cancellationToken)
    {
        if (_opened == entry && _file is not null)
        {
            return _file;
        }

        await CloseFileAsync().ConfigureAwait(false);
        try
        {
            _file = await _source.OpenAsync(entry, cancellationToken).ConfigureAwait(false);
            _opened = entry;
            return _file;
        }
        catch (Exception exception) when (IsReadError(exception))
        {
            return null;
        }
    }

    private async ValueTask CloseFileAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
            _file = null;
            _opened = -1;
        }
    }
}
