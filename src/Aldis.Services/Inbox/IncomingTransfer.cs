using System.Collections;
using System.Text;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files;
using Aldis.Protocols.Files.Names;
using Aldis.Services.Integrity;

namespace Aldis.Services.Inbox;

/// <summary>A transfer on its way into an inbox (<see cref="IIncomingTransfer"/>).</summary>
internal sealed class IncomingTransfer : IIncomingTransfer
{
    /// <summary>A file that is shorter waits for its name as bytes in memory, and is written together with others.</summary>
    private const int SmallBytes = 32 * 1024;

    // As for a plain file: between two questions at most this much can slip below the floor.
    private const long FreeSpaceCheckBytes = 64L * 1024 * 1024;

    private readonly FileInbox _inbox;
    private readonly TransferPlan _plan;
    private readonly TransferOffer _offer;
    private readonly QuotaLease _quota;
    private readonly ITransferObserver _observer;
    private readonly ReceivedDirectories _directories;
    private readonly BitArray _isSettled;
    private readonly Lock _settling = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _underWay = 1;
    private int _unsettled;
    private int _entry = -1;
    private PartFile? _part;
    private byte[] _small = [];
    private long _uncheckedBytes;
    private long _extended;

    /// <summary>Begins it.</summary>
    /// <param name="inbox">The inbox.</param>
    /// <param name="plan">What is wanted.</param>
    /// <param name="offer">The transfer.</param>
    /// <param name="quota">The room that the plan took.</param>
    /// <param name="observer">Hears of the entries.</param>
    public IncomingTransfer(FileInbox inbox, TransferPlan plan, TransferOffer offer, QuotaLease quota, ITransferObserver observer)
    {
        _inbox = inbox;
        _plan = plan;
        _offer = offer;
        _quota = quota;
        _observer = observer;
        _directories = new ReceivedDirectories(plan.Root, plan.DirectoryModeOf);
        _isSettled = new BitArray(offer.Entries.Count);
        _unsettled = plan.Answers.Count(TransferPlan.IsWanted);
    }

    /// <inheritdoc/>
    public IReadOnlyList<EntryAnswer> Answers => _plan.Answers;

    /// <summary>Lets the directories and links that are wanted get their names.</summary>
    public async Task GiveNamesAsync()
    {
        if (!TryBegin())
        {
            return;
        }

        for (int entry = 0; entry < Answers.Count; entry++)
        {
            FileEntryKind kind = _offer.Entries[entry].Kind;
            if (kind != FileEntryKind.File && Answers[entry].Kind == TransferUnitKind.Want)
            {
                string? target = kind == FileEntryKind.Link ? _plan.TargetOf(entry) : null;
                var name = new ReceivedName(_plan.Root, _plan.PathOf(entry), target, _offer.Opening.Policy, _directories);
                await PublishAsync(entry, name).ConfigureAwait(false);
            }
        }

        End();
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(int entry, long offset, ReadOnlyMemory<byte> data)
    {
        if (IsSettled(entry))
        {
            return;
        }

        try
        {
            await BeginAsync(entry).ConfigureAwait(false);
            if (_part is null)
            {
                data.Span.CopyTo(_small.AsSpan((int)offset));
                return;
            }

            await TakeRoomAsync(entry, offset, data.Length).ConfigureAwait(false);
            await _part.WriteAsync(offset, data).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            await DropAsync(discard: false).ConfigureAwait(false);
            await RefuseAsync(entry, exception).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask CompleteChunkAsync(int entry, long end, ContentDigest chain, bool isLast)
    {
        if (IsSettled(entry))
        {
            return;
        }

        try
        {
            await BeginAsync(entry).ConfigureAwait(false);
            if (!isLast)
            {
                await _part!.CompleteChunkAsync(end, chain, offset => _observer.HandleVerified(entry, offset)).ConfigureAwait(false);
                return;
            }

            await (_part?.SettleAsync() ?? Task.CompletedTask).ConfigureAwait(false);
            ReceivedFile becomes = _plan.Describe(entry, end);
            StagedFile staged = _part?.Stage(becomes, _directories)
                ?? new StagedFile(_inbox, _plan.Root, _inbox.NewPart(), becomes, _directories) { Content = _small };
            bool hasPlace = _part is not null;
            long reserved = Math.Max(_extended, _offer.Entries[entry].Size);
            _part = null;
            _entry = -1;
            await PublishAsync(entry, staged, reserved, hasPlace).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            await DropAsync(discard: false).ConfigureAwait(false);
            await RefuseAsync(entry, exception).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask AbandonAsync(int entry, bool discard)
    {
        if (IsSettled(entry))
        {
            return;
        }

        await TrySettleAsync(entry).ConfigureAwait(false);
        if (_entry == entry)
        {
            await DropAsync(discard).ConfigureAwait(false);
        }
        else if (discard && Answers[entry].Kind == TransferUnitKind.Resume)
        {
            // It is of no use, and nothing of it came this time.
            try
            {
                await BeginAsync(entry).ConfigureAwait(false);
                await DropAsync(discard).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsOfDisk(exception))
            {
                // Somebody else has it, or it is swept.
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ContentDigest?> ComputeDigestAsync(int entry)
    {
        string path = _plan.PathOf(entry);
        long size = _offer.Entries[entry].Size;
        try
        {
            using IStorageFile? file = await _inbox.RunAsync(() => _plan.Root.OpenFile(path, mayWrite: false)).ConfigureAwait(false);
            if (file is null)
            {
                return null;
            }

            FileStatus? before = file.GetStatus();
            using ContentHash hash = ContentHashes.Create(_offer.Opening.Algorithm);
            byte[] buffer = new byte[Math.Min(ChunkSize.Min, Math.Max(1, size))];
            ContentDigest? chain = null;
            for (long offset = 0; chain is null || offset < size;)
            {
                // One chunk at a time, so that a large file does not hold a thread that others wait for.
                long begin = offset;
                int length = ChunkSize.At(size, begin);
                if (await _inbox.RunAsync(() => HashChunk(file, begin, length, buffer, hash)).ConfigureAwait(false) is not { } chunk)
                {
                    return null;
                }

                chain = ChunkChain.Next(hash, chain, chunk);
                offset += length;
            }

            return await _inbox.RunAsync(() => IsDurable(file, path, before)).ConfigureAwait(false) ? chain : null;
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DropAsync(discard: false).ConfigureAwait(false);
        End();
        await _idle.Task.ConfigureAwait(false);
        _quota.Dispose();
        try
        {
            await _inbox.RunAsync(() => _plan.Root.RemoveDirectory(PathRule.PartsDirectory)).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            // It is empty, and in nobody's way.
        }
    }

    private static bool IsOfDisk(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private static ContentDigest? HashChunk(IStorageFile file, long offset, int length, byte[] buffer, ContentHash hash)
    {
        for (int done = 0; done < length;)
        {
            int read = file.Read(offset + done, buffer.AsSpan(0, Math.Min(buffer.Length, length - done)));
            if (read == 0)
            {
                return null;
            }

            hash.Append(buffer.AsSpan(0, read));
            done += read;
        }

        return hash.Finish();
    }

    private bool IsDurable(IStorageFile file, string path, FileStatus? before)
    {
        file.Sync();
        foreach (string directory in ReceivedDirectories.AllAbove(path))
        {
            _plan.Root.SyncDirectory(directory);
        }

        FileStatus? after = file.GetStatus();
        return after?.Length == before?.Length && after?.Written == before?.Written && Parts.IsStillAt(_plan.Root, path, file);
    }

    /// <summary>Opens what an entry's bytes go to, unless it is open.</summary>
    private async ValueTask BeginAsync(int entry)
    {
        if (_entry == entry)
        {
            return;
        }

        await DropAsync(discard: false).ConfigureAwait(false);
        ManifestEntry its = _offer.Entries[entry];
        _extended = 0;
        if (its.Size is >= 0 and <= SmallBytes)
        {
            _small = new byte[its.Size];
            _entry = entry;
            return;
        }

        _inbox.TakePlace();
        try
        {
            _part = await _inbox.RunAsync(() => Open(entry, its)).ConfigureAwait(false);
            _entry = entry;
        }
        finally
        {
            if (_part is null)
            {
                _inbox.HandleEnded();
            }
        }
    }

    private PartFile Open(int entry, ManifestEntry its)
    {
        _inbox.EnsureFreeSpace();
        UnixFileMode mode = _plan.ModeOf(entry) | UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return TransferPlan.CanResume(its)
            ? PartFile.Open(_inbox, _plan.Root, _plan.PartOf(entry), its, _offer.Opening.Algorithm, Answers[entry].Offset, mode)
            : PartFile.Create(_inbox, _plan.Root, mode);
    }

    /// <summary>Looks now and then whether the disk has room, and, of a file whose size nobody knew, whether the client has.</summary>
    private async ValueTask TakeRoomAsync(int entry, long offset, long length)
    {
        if (_offer.Entries[entry].Size == ManifestEntry.UnknownSize)
        {
            if (offset + length > _inbox.Options.MaxFileBytes)
            {
                throw new InboxRefusedException("it is longer than what is received") { Code = RefusalCode.TooLarge };
            }

            _quota.Extend(Math.Max(0, offset + length - _extended));
            _extended = Math.Max(_extended, offset + length);
        }

        _uncheckedBytes += length;
        if (_uncheckedBytes >= FreeSpaceCheckBytes)
        {
            _uncheckedBytes = 0;
            await _inbox.RunAsync(_inbox.EnsureFreeSpace).ConfigureAwait(false);
        }
    }

    /// <summary>Ends what is open, for the next attempt or for good.</summary>
    private async ValueTask DropAsync(bool discard)
    {
        _entry = -1;
        _small = [];
        if (_part is not { } part)
        {
            return;
        }

        _part = null;
        try
        {
            await part.CloseAsync(discard).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            // What is left of it is swept.
        }
        finally
        {
            _inbox.HandleEnded();
        }
    }

    private async ValueTask PublishAsync(int entry, IPublishable publishable, long reserved = 0, bool hasPlace = false)
    {
        _ = TryBegin();
        Task<string> named;
        try
        {
            named = await _inbox.QueueAsync(publishable).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            named = Task.FromException<string>(exception);
        }

        _ = ObserveAsync(entry, publishable, named, reserved, hasPlace);
    }

    private async Task ObserveAsync(int entry, IPublishable publishable, Task<string> named, long reserved, bool hasPlace)
    {
        try
        {
            string path = await named.ConfigureAwait(false);
            if (await TrySettleAsync(entry).ConfigureAwait(false))
            {
                ManifestEntry its = _offer.Entries[entry];
                if (its.Kind == FileEntryKind.File)
                {
                    _quota.Settle(reserved, isStored: true);
                }

                string offered = Encoding.UTF8.GetString(its.Path.Span);
                bool isRenamed = path != _plan.PathOf(entry) || !path.EndsWith(offered, StringComparison.Ordinal);
                _observer.HandleStored(entry, path, isRenamed);
            }
        }
        catch (Exception exception)
        {
            await CloseAsync(publishable).ConfigureAwait(false);
            await RefuseAsync(entry, exception).ConfigureAwait(false);
        }
        finally
        {
            if (hasPlace)
            {
                _inbox.HandleEnded();
            }

            End();
        }
    }

    private async Task CloseAsync(IPublishable publishable)
    {
        if (publishable is IDisposable file)
        {
            try
            {
                await _inbox.RunAsync(file.Dispose).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsOfDisk(exception))
            {
                // What is left of it is swept.
            }
        }
    }

    private async ValueTask RefuseAsync(int entry, Exception exception)
    {
        if (await TrySettleAsync(entry).ConfigureAwait(false))
        {
            _observer.HandleRefused(entry, InboxFailure.CodeOf(exception), exception.Message);
        }
    }

    private bool IsSettled(int entry)
    {
        lock (_settling)
        {
            return _isSettled[entry];
        }
    }

    /// <summary>Settles an entry. Before anybody hears of the last one the directories have their times.</summary>
    /// <returns>False where it was settled before.</returns>
    private async ValueTask<bool> TrySettleAsync(int entry)
    {
        bool isFirst;
        bool isLast;
        lock (_settling)
        {
            isFirst = !_isSettled[entry];
            _isSettled[entry] = true;
            _unsettled -= isFirst && TransferPlan.IsWanted(Answers[entry]) ? 1 : 0;
            isLast = isFirst && _unsettled == 0;
        }

        if (isLast)
        {
            await SetDirectoryTimesAsync().ConfigureAwait(false);
        }

        return isFirst;
    }

    private async ValueTask SetDirectoryTimesAsync()
    {
        try
        {
            await _inbox.RunAsync(_plan.SetDirectoryTimes).ConfigureAwait(false);
        }
        catch (InboxRefusedException)
        {
            // There is no thread for it: what is in the directories is what counts.
        }
    }

    /// <summary>Counts something that is under way; the end of the transfer waits for it.</summary>
    private bool TryBegin()
    {
        lock (_settling)
        {
            if (_underWay == 0)
            {
                return false;
            }

            _underWay++;
            return true;
        }
    }

    private void End()
    {
        lock (_settling)
        {
            if (--_underWay == 0)
            {
                _idle.SetResult();
            }
        }
    }
}
