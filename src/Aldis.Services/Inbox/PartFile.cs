using Aldis.Journal.Storage;
using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>
/// A file of a transfer that is not whole yet. It is written while more is received, and a verified chunk is noted when the disk has it; whoever
/// completes the next one before that is done waits. So a process that is killed loses the chunk being received and the one being written.
/// Several chunks at a time are made durable, and only then it is said that they are verified. One caller at a time.
/// </summary>
internal sealed class PartFile
{
    private readonly FileInbox _inbox;
    private readonly IStorageRoot _root;
    private readonly IStorageFile _file;
    private readonly PartLedger? _ledger;
    private readonly OrderedWrites _writes;
    private Task _noting = Task.CompletedTask;
    private Task _syncing = Task.CompletedTask;
    private Action<long> _noted = static _ => { };
    private long _asked;
    private long _said;
    private bool _isListed;
    private bool _isInDoubt; // A sync failed: the system may have dropped what it was given, and says so once.

    private PartFile(FileInbox inbox, IStorageRoot root, string path, IStorageFile file, PartLedger? ledger)
    {
        _inbox = inbox;
        _root = root;
        Path = path;
        _file = file;
        _ledger = ledger;
        _writes = new OrderedWrites(work => _ = inbox.RunAsync(work), Write);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Where the note of its verified chunks is; null where it is not resumed.</summary>
    public string? LedgerPath => _ledger is null ? null : Parts.LedgerOf(Path);

    /// <summary>Begins a file that is not resumed: it is removed when it is closed, or by the next server that starts alone.</summary>
    /// <param name="inbox">The inbox.</param>
    /// <param name="root">Its directory.</param>
    /// <param name="mode">Its permissions.</param>
    public static PartFile Create(FileInbox inbox, IStorageRoot root, UnixFileMode mode)
    {
        string path = inbox.NewPart();
        return new PartFile(inbox, root, path, Parts.Create(root, path, mode), ledger: null);
    }

    /// <summary>Begins a file that can be resumed, or goes on with it.</summary>
    /// <param name="inbox">The inbox.</param>
    /// <param name="root">Its directory.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="entry">The state of the source.</param>
    /// <param name="algorithm">With what its chunks are verified.</param>
    /// <param name="offset">Where it was said to go on; 0 to begin anew.</param>
    /// <param name="mode">Its permissions, where it begins.</param>
    /// <exception cref="InboxRefusedException">Somebody else has it, or has changed it since.</exception>
    public static PartFile Open(
        FileInbox inbox, IStorageRoot root, string path, ManifestEntry entry, DigestAlgorithm algorithm, long offset, UnixFileMode mode)
    {
        string ledgerPath = Parts.LedgerOf(path);
        IStorageFile file = root.OpenFile(path, mayWrite: true) ?? Parts.Create(root, path, mode);
        PartLedger? ledger = null;
        try
        {
            if (!file.TryLock() || !Parts.IsStillAt(root, path, file))
            {
                throw new InboxRefusedException("another server is receiving this file") { Code = RefusalCode.Busy };
            }

            IStorageFile? noted = offset == 0 ? null : root.OpenFile(ledgerPath, mayWrite: true);
            if (noted is not null)
            {
                ledger = PartLedger.Read(noted, entry, algorithm, file.Length, root.SystemRun, mayCut: true);
                if (ledger is null)
                {
                    noted.Dispose();
                }
            }

            if ((ledger?.Verified ?? 0) != offset)
            {
                throw new InboxRefusedException("somebody changed what is there of this file") { Code = RefusalCode.Busy };
            }

            if (ledger is null)
            {
                if (root.GetStatus(ledgerPath) is not null)
                {
                    // Durably, before what it tells of is written over.
                    root.Delete(ledgerPath);
                    Parts.Sync(root);
                }

                file.SetLength(0);
                ledger = PartLedger.Create(Parts.Create(root, ledgerPath, mode), entry, algorithm);
            }

            return new PartFile(inbox, root, path, file, ledger) { _asked = offset, _said = ledger.Durable };
        }
        catch
        {
            ledger?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Begins to write. Waits while much of what was given before is not written.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="data">The bytes; they are unchanged until as many more calls as <see cref="OrderedWrites.MostUnderWay"/>, or
    /// <see cref="SettleAsync"/>, have ended.</param>
    /// <exception cref="IOException">That failed for what was given before: the file is of no use.</exception>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data) => _writes.WriteAsync(offset, data);

    /// <summary>The chunk that was given is verified. Waits until the one before it is noted.</summary>
    /// <param name="end">The offset behind it.</param>
    /// <param name="chain">The chain value there.</param>
    /// <param name="noted">Called when it and what is before it are durable, and noted for a resume.</param>
    /// <exception cref="IOException">That failed for the one before: the file is of no use.</exception>
    public async ValueTask CompleteChunkAsync(long end, ContentDigest chain, Action<long> noted)
    {
        await _noting.ConfigureAwait(false);
        _noted = noted;
        _noting = _ledger is null ? _writes.Last : NoteAsync(end, chain);
        if (end - _asked >= (_syncing.IsCompleted ? _inbox.Options.SyncBytes : _inbox.Options.MostUnsyncedBytes))
        {
            await _syncing.ConfigureAwait(false);
            _asked = end;
            _syncing = SyncAsync(_noting, end);
        }
    }

    /// <summary>Waits until what was given is written, and what was completed is noted.</summary>
    /// <exception cref="IOException">That failed: the file is of no use.</exception>
    public Task SettleAsync() => Task.WhenAll(_writes.Last, _noting, _syncing);

    /// <summary>Hands the file over to get its name.</summary>
    /// <param name="becomes">What it becomes.</param>
    /// <param name="directories">Makes what is above it.</param>
    public StagedFile Stage(ReceivedFile becomes, ReceivedDirectories directories)
    {
        _ledger?.Dispose();
        return new StagedFile(_inbox, _root, Path, becomes, directories, _file) { Ledger = LedgerPath };
    }

    /// <summary>Closes it; what is complete of it is noted durably.</summary>
    /// <param name="discard">Whether it is removed; one that cannot be resumed always is.</param>
    /// <exception cref="IOException">That failed.</exception>
    public async ValueTask CloseAsync(bool discard)
    {
        // A write that failed, of what was received or of a note of it, is of no account for what is noted before it.
        await _writes.Last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await Task.WhenAll(_noting, _syncing).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever wrote has heard of it.
        }

        await _inbox.RunAsync(() => Close(discard)).ConfigureAwait(false);
    }

    private void Close(bool discard)
    {
        try
        {
            if (!discard && !_isInDoubt)
            {
                SyncNotes();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A note for which there is no room: those before it count.
        }

        Release(discard || _isInDoubt);
    }

    private void Release(bool discard)
    {
        _file.Dispose();
        _ledger?.Dispose();
        if (discard || _ledger is null)
        {
            _root.Delete(Path);
        }

        if (discard && LedgerPath is { } ledger)
        {
            _root.Delete(ledger);
        }
    }

    private async Task NoteAsync(long end, ContentDigest chain)
    {
        UInt128 run = _root.SystemRun;
        Task<bool> noting = _writes.EndPartAsync(isOnDisk =>
        {
            if (!isOnDisk || run == UInt128.Zero)
            {
                return false;
            }

            _ledger!.Note(end, chain, run);
            return true;
        });
        await ((Task)noting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_writes.HasFailed)
        {
            // Whoever writes next, or waits for the end, hears of it.
            return;
        }

        if (!await noting.ConfigureAwait(false))
        {
            // What only a cache has may be lost later without a word to whoever goes on here.
            await _inbox.RunSyncAsync(() => NoteSynced(end, chain)).ConfigureAwait(false);
        }
    }

    private bool NoteSynced(long end, ContentDigest chain)
    {
        OrDoubt(_file.Sync);
        _ledger!.Note(end, chain, UInt128.Zero);
        return true;
    }

    private async Task SyncAsync(Task noting, long end)
    {
        await noting.ConfigureAwait(false);
        await _inbox.RunSyncAsync(() => Sync(end)).ConfigureAwait(false);
    }

    private bool Sync(long end)
    {
        if (_ledger is null)
        {
            OrDoubt(_file.Sync);
            _noted(end);
        }
        else
        {
            SyncNotes();
        }

        return true;
    }

    private void SyncNotes()
    {
        if (_ledger?.GetVerified() is not { End: var end, Chain: var chain } || end == _said)
        {
            return;
        }

        if (_ledger.Durable < end)
        {
            OrDoubt(_file.Sync);
            _ledger.Note(end, chain, UInt128.Zero);
        }

        OrDoubt(_ledger.Sync);
        if (!_isListed)
        {
            Parts.Sync(_root);
            _isListed = true;
        }

        _said = end;
        _noted(end);
    }

    /// <summary>Syncs; where that fails, nothing is known of the file any more.</summary>
    private void OrDoubt(Action sync)
    {
        try
        {
            sync();
        }
        catch
        {
            _isInDoubt = true;
            throw;
        }
    }

    /// <summary>Writes.</summary>
    /// <returns>Whether the disk has it (<see cref="IStorageFile.WriteDirect"/>).</returns>
    private bool Write(long offset, ReadOnlyMemory<byte> data)
    {
        if (_ledger is not null && offset % DirectMemory.Alignment == 0 && data.Length % DirectMemory.Alignment == 0)
        {
            return _file.WriteDirect(offset, data.Span);
        }

        _file.Write(offset, data.Span);
        return false;
    }
}
