using System.Buffers;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>
/// A file of a transfer that is not whole yet. A verified chunk is made durable and noted while the next one is received; whoever completes
/// the next one before that is done waits. So a process that is killed loses the chunk being received and the one being synced. Notes are
/// synced for several chunks at a time, and only then it is said that they are verified. One caller at a time.
/// </summary>
internal sealed class PartFile
{
    /// <summary>After so many bytes the notes are synced: a power cut costs no more than these again.</summary>
    private const int SaidBytes = 16 * 1024 * 1024;

    private readonly FileInbox _inbox;
    private readonly IStorageRoot _root;
    private readonly IStorageFile _file;
    private readonly PartLedger? _ledger;
    private Task _noting = Task.CompletedTask;
    private Action<long> _noted = static _ => { };
    private long _said;
    private bool _isListed;

    private PartFile(FileInbox inbox, IStorageRoot root, string path, IStorageFile file, PartLedger? ledger)
    {
        _inbox = inbox;
        _root = root;
        Path = path;
        _file = file;
        _ledger = ledger;
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
                ledger = PartLedger.Read(noted, entry, algorithm, file.Length, mayCut: true);
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

            return new PartFile(inbox, root, path, file, ledger) { _said = offset };
        }
        catch
        {
            ledger?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="data">The bytes; they are not kept.</param>
    public async ValueTask WriteAsync(long offset, ReadOnlySequence<byte> data)
    {
        if (DiskThreads.MayWaitHere())
        {
            Write(offset, data);
        }
        else
        {
            _ = await _inbox.RunAndStayAsync(() => Write(offset, data)).ConfigureAwait(false);
        }
    }

    /// <summary>The chunk that was written is verified. Waits until the one before it is noted.</summary>
    /// <param name="end">The offset behind it.</param>
    /// <param name="chain">The chain value there.</param>
    /// <param name="noted">Called when it and what is before it are durable, and noted for a resume.</param>
    /// <exception cref="IOException">That failed for the one before: the file is of no use.</exception>
    public async ValueTask CompleteChunkAsync(long end, ContentDigest chain, Action<long> noted)
    {
        await SettleAsync().ConfigureAwait(false);
        _noted = noted;
        _noting = _inbox.RunSyncAsync(() => Note(end, chain));
    }

    /// <summary>Waits until what was completed is noted.</summary>
    /// <exception cref="IOException">That failed: the file is of no use.</exception>
    public Task SettleAsync() => _noting;

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
    public void Close(bool discard)
    {
        try
        {
            if (!discard)
            {
                SyncNotes();
            }
        }
        finally
        {
            Release(discard);
        }
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

    private bool Note(long end, ContentDigest chain)
    {
        _file.Sync();
        if (_ledger is null)
        {
            _noted(end);
            return true;
        }

        // What is noted is on the disk already.
        _ledger.Append(end, chain);
        if (end - _said >= SaidBytes)
        {
            SyncNotes();
        }

        return true;
    }

    private void SyncNotes()
    {
        if (_ledger is null || _ledger.Verified == _said)
        {
            return;
        }

        _ledger.Sync();
        if (!_isListed)
        {
            Parts.Sync(_root);
            _isListed = true;
        }

        _said = _ledger.Verified;
        _noted(_said);
    }

    private bool Write(long offset, in ReadOnlySequence<byte> data)
    {
        foreach (ReadOnlyMemory<byte> segment in data)
        {
            _file.Write(offset, segment.Span);
            offset += segment.Length;
        }

        return true;
    }
}
