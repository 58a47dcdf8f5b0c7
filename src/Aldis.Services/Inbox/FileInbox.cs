using System.Globalization;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files;
using Aldis.Protocols.Files.Names;
using Aldis.Transports.Sockets;

namespace Aldis.Services.Inbox;

/// <summary>
/// Received files. A file is written under a name that ends in <c>.part</c>, then made durable, then renamed, so that a name without
/// <c>.part</c> always names a whole file. Nothing is ever overwritten, by this server or another: a name that is taken gets a number.
/// Disks are waited for on threads of the inbox's own. Thread-safe.
/// </summary>
public sealed class FileInbox
{
    private const int FileThreads = 4;
    private const int SyncThreads = 8;
    private const string PlainPart = "file";

    private readonly InboxOptions _options;
    private readonly IStorage _storage;
    private readonly TaskScheduler _threads;
    private readonly TaskScheduler _syncThreads;
    private readonly InboxCommit _commit;
    private readonly TransferStore _transfers;
    private readonly Lock _opening = new();
    private readonly string _partTag = Guid.NewGuid().ToString("N")[..PartName.TagLength];
    private IStorageRoot? _root;
    private long _parts;
    private int _receiving;

    /// <summary>Creates an inbox; nothing is touched on disk yet.</summary>
    /// <param name="options">Where it is.</param>
    public FileInbox(InboxOptions options)
        : this(options, FileStorage.Instance, new DiskThreads("Aldis files", FileThreads), new DiskThreads("Aldis file syncs", SyncThreads))
    {
    }

    /// <summary>As the other, with a disk, threads and a clock that are given.</summary>
    internal FileInbox(
        InboxOptions options, IStorage storage, TaskScheduler threads, TaskScheduler commitThreads, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _storage = storage;
        _threads = threads;
        _syncThreads = commitThreads;
        _commit = new InboxCommit(commitThreads);
        _transfers = new TransferStore(this, time ?? TimeProvider.System);
    }

    /// <summary>The directory of received files.</summary>
    public string Directory => _options.Directory;

    /// <summary>Ends when no file is taken any more, with a sentence.</summary>
    internal Task<string> Failed => _commit.Failed;

    /// <summary>What receives the native form.</summary>
    internal ITransferStore Transfers => _transfers;

    /// <summary>Where it is and how much it takes.</summary>
    internal InboxOptions Options => _options;

    /// <summary>
    /// Opens the inbox now instead of with the first file, where its directory exists, and so removes what servers that were killed have
    /// left, and what nobody came back for (docs/protocols/files.md section 2).
    /// </summary>
    /// <returns>How many unfinished files were removed.</returns>
    /// <exception cref="IOException">The directory cannot be opened or read.</exception>
    public int RemoveUnfinished()
    {
        lock (_opening)
        {
            return _root is null ? Open() : 0;
        }
    }

    /// <summary>Begins a file.</summary>
    /// <param name="name">The name it should get: one path component that this side chose.</param>
    /// <returns>The file to write to; disposing it before it is complete leaves no trace.</returns>
    /// <exception cref="IOException">It cannot be created; <see cref="InboxRefusedException"/> where the disk is too full, or as many files
    /// are being received as the process has descriptors for.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory is not writable.</exception>
    internal async Task<IncomingFile> BeginAsync(string name)
    {
        TakePlace();
        try
        {
            return await RunAsync(() => Begin(name)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            HandleEnded();
            if (DescriptorShortage.IsReasonOf(exception))
            {
                throw WithoutDescriptors();
            }

            throw;
        }
    }

    /// <summary>Counts a file that is going to be received; <see cref="HandleEnded"/> says that it is not any more.</summary>
    /// <exception cref="InboxRefusedException">There is no descriptor for it.</exception>
    internal void TakePlace()
    {
        ReceivedFiles.HandleBegun();
        if (Interlocked.Increment(ref _receiving) > _options.MaxFiles)
        {
            HandleEnded();
            throw WithoutDescriptors();
        }
    }

    /// <summary>A file is not being received any more, and its descriptor is free.</summary>
    internal void HandleEnded()
    {
        Interlocked.Decrement(ref _receiving);
        ReceivedFiles.HandleEnded();
    }

    /// <summary>Does what waits for the disk on a thread of its own; the caller goes on elsewhere.</summary>
    internal Task<T> RunAsync<T>(Func<T> work) => RunAsync(work, TaskCreationOptions.RunContinuationsAsynchronously, _threads);

    /// <inheritdoc cref="RunAsync{T}(Func{T})"/>
    internal Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return true;
    });

    /// <summary>As <see cref="RunAsync{T}(Func{T})"/>, for what waits for a sync and need not hold up those who write.</summary>
    internal Task<T> RunSyncAsync<T>(Func<T> work) => RunAsync(work, TaskCreationOptions.RunContinuationsAsynchronously, _syncThreads);

    /// <summary>
    /// As <see cref="RunAsync{T}(Func{T})"/>, but the caller goes on where it was done (<see cref="DiskThreads.MayWaitHere"/>).
    /// </summary>
    internal Task<T> RunAndStayAsync<T>(Func<T> work) => RunAsync(work, TaskCreationOptions.HideScheduler, _threads);

    private static Task<T> RunAsync<T>(Func<T> work, TaskCreationOptions options, TaskScheduler threads)
    {
        try
        {
            return Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach | options, threads);
        }
        catch (TaskSchedulerException exception)
        {
            // The system gives no thread. The next file asks for one again.
            throw InboxRefusedException.ForWantOfThread(exception);
        }
    }

    /// <summary>Bytes that may be stored until the free space of the disk is at the floor; negative below it.</summary>
    internal long CountRoom() => _storage.GetFreeBytes(_options.Directory) - _options.FreeSpaceFloor;

    /// <summary>Throws where the free space of the disk is below the floor.</summary>
    internal void EnsureFreeSpace()
    {
        long free = _storage.GetFreeBytes(_options.Directory);
        if (free < _options.FreeSpaceFloor)
        {
            throw new InboxRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"the disk of '{_options.Directory}' has {free >> 20} MiB free, and {_options.FreeSpaceFloor >> 20} MiB are kept free"))
            {
                Code = RefusalCode.DiskFull,
            };
        }
    }

    /// <summary>Throws where somebody deleted, replaced, moved or cut an unfinished file, or a directory above it: it would get its name
    /// where nobody looks, or that of another.</summary>
    internal void EnsureUnchanged(IStorageRoot root, string part, IStorageFile file, long length)
    {
        string path = Path.Combine(_options.Directory, part);
        if (_storage.FindChange(path, file, length) is { } change)
        {
            // The next file opens the directory that has the name now.
            Forget(root);
            throw new IOException($"'{path}' {change}");
        }
    }

    /// <inheritdoc cref="InboxCommit.PublishAsync"/>
    internal Task<string> PublishAsync(IPublishable file) => _commit.PublishAsync(file);

    /// <inheritdoc cref="InboxCommit.QueueAsync"/>
    internal ValueTask<Task<string>> QueueAsync(IPublishable file) => _commit.QueueAsync(file);

    /// <summary>A path for an unfinished file that is not resumed; the next server that starts alone removes it.</summary>
    internal string NewPart() =>
        $"{PathRule.PartsDirectory}/{PartName.Make(PlainPart, _partTag, Interlocked.Increment(ref _parts))}";

    /// <inheritdoc cref="TransferPlan.SyncConfirmed"/>
    /// <param name="plan">What is confirmed.</param>
    internal void SyncConfirmed(TransferPlan plan)
    {
        try
        {
            plan.SyncConfirmed();
        }
        catch (IOException exception) when (!InboxCommit.IsOfDirectoryAlone(exception))
        {
            _commit.Fail(exception);
            throw;
        }
    }

    /// <summary>Throws where no file is taken any more.</summary>
    internal void EnsureWell()
    {
        if (_commit.Failure is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>The want of a descriptor.</summary>
    private static InboxRefusedException WithoutDescriptors() =>
        new("the process has no file descriptor left for another file; raise its limit ('ulimit -n')")
        {
            IsForDescriptors = true,
            Code = RefusalCode.Busy,
        };

    private IncomingFile Begin(string name)
    {
        EnsureWell();
        string part = PartName.Make(name, _partTag, Interlocked.Increment(ref _parts));
        return InRoot(root =>
        {
            EnsureFreeSpace();
            return new IncomingFile(this, root, name, part, root.CreateFile(part, _options.FileMode));
        });
    }

    /// <summary>Begins something in the directory of received files, made where it is not there.</summary>
    /// <param name="begin">Creates something in it.</param>
    internal T InRoot<T>(Func<IStorageRoot, T> begin)
    {
        IStorageRoot root = Root();
        try
        {
            return begin(root);
        }
        catch (IOException gone) when (gone is DirectoryNotFoundException or DriveNotFoundException)
        {
            // Somebody has removed the directory: it is made anew. What is under way keeps the one it is in.
            Forget(root);
            return begin(Root());
        }
    }

    private IStorageRoot Root()
    {
        lock (_opening)
        {
            if (_root is null)
            {
                _storage.CreateDirectory(_options.Directory, _options.DirectoryMode);
                _ = Open();
            }

            return _root ?? throw new DirectoryNotFoundException($"'{_options.Directory}' was removed as soon as it was made.");
        }
    }

    private void Forget(IStorageRoot root)
    {
        lock (_opening)
        {
            _root = _root == root ? null : _root;
        }
    }

    /// <summary>Opens the directory, where there is one, and sweeps it where no other server has it open.</summary>
    private int Open()
    {
        IStorageRoot? root = _storage.OpenRoot(_options.Directory);
        if (root is null)
        {
            return 0;
        }

        int removed = 0;
        try
        {
            if (root.TryLockAlone())
            {
                removed = root.ListFiles().Count(file => PartName.IsOne(file) && TryDelete(root, file));
                root.RemoveDirectory(PathRule.PartsDirectory);
            }

            // From here on another server that starts knows that the unfinished files may be this one's.
            root.LockShared();
            removed += _transfers.RemoveAbandoned(root);
        }
        catch
        {
            root.Dispose();
            throw;
        }

        _root = root;
        return removed;
    }

    private static bool TryDelete(IStorageRoot root, string file)
    {
        try
        {
            root.Delete(file);
            return true;
        }
        catch (IOException)
        {
            // It takes room and does no other harm; files are received all the same.
            return false;
        }
    }
}
