using System.Threading.Channels;
using Aldis.Journal.Storage;

namespace Aldis.Services.Inbox;

/// <summary>
/// Makes files durable and visible, those together that end together: they are synced while their names end in <c>.part</c>, then all get
/// their names, then each directory is synced once, then all hear of it. One group at a time, so nobody else gives names and no lock is
/// held.
/// </summary>
/// <param name="threads">Where the disk is waited for.</param>
internal sealed class InboxCommit(TaskScheduler threads)
{
    // Who comes when so many are queued waits for a place. A group is smaller, so that its first file need not wait for a thousand others.
    private const int MostQueued = 1024;
    private const int MostTogether = 256;

    // Fewer are synced one by one: what others have unwritten on the file system is then not waited for.
    private const int LeastSyncedByAll = 16;

    // How many go through a group at the same time. More of them do not make the journal of a file system commit less often.
    private const int Lanes = 8;

    private readonly Channel<Entry> _queued = Channel.CreateBounded<Entry>(MostQueued);
    private readonly List<Entry> _group = new(MostTogether);
    private readonly FreeNames _names = new();
    private bool _mayNotSyncAll;
    private bool _isRunning; // Exchanged, so that one alone works.
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IOException? _failure;

    /// <summary>Ends when no file is taken any more, with a sentence.</summary>
    public Task<string> Failed => _failed.Task;

    /// <summary>
    /// Why no file is taken any more, or null. After a directory's sync has failed nothing is known about the next one's success.
    /// </summary>
    public IOException? Failure => Volatile.Read(ref _failure);

    /// <summary>Publishes a file that is written.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The name it got, durable.</returns>
    /// <exception cref="InboxUncertainException">It has a name, which may not outlive a power cut.</exception>
    /// <exception cref="IOException">It is not published.</exception>
    public async Task<string> PublishAsync(IPublishable file) =>
        await (await QueueAsync(file).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>As <see cref="PublishAsync"/>, but it waits for a place alone.</summary>
    /// <param name="file">The file.</param>
    /// <returns>A task that ends as the one of <see cref="PublishAsync"/> does.</returns>
    /// <exception cref="IOException">It is not published.</exception>
    public async ValueTask<Task<string>> QueueAsync(IPublishable file)
    {
        var entry = new Entry(file);
        await _queued.Writer.WriteAsync(entry).ConfigureAwait(false);
        if (!Interlocked.Exchange(ref _isRunning, true))
        {
            try
            {
                _ = Start(RunAsync);
            }
            catch (TaskSchedulerException exception)
            {
                // The system gives no thread. The next file to end asks for one again.
                Volatile.Write(ref _isRunning, false);
                throw InboxRefusedException.ForWantOfThread(exception);
            }
        }

        return entry.Named.Task;
    }

    /// <summary>Works until nothing is queued.</summary>
    private async Task RunAsync()
    {
        do
        {
            while (TryTakeGroup())
            {
                try
                {
                    // At the same time: the file system's own journal then has fewer commits than there are files. What follows waits
                    // for the disk too, and so resumes on the same threads.
                    await ForAllAsync(static file => file.Prepare()).ConfigureAwait(true);
                    bool isSynced = TrySyncAll();
                    await ForAllAsync(file =>
                    {
                        if (!isSynced)
                        {
                            file.Sync();
                        }

                        file.Check();
                    }).ConfigureAwait(true);
                    Name(_group);
                }
                catch (Exception exception)
                {
                    // Want of memory or of threads. Those who wait hear of it, and the next group may fare better.
                    _group.ForEach(entry => entry.Fail(exception));
                }

                _group.ForEach(entry => entry.Finish());
            }

            Volatile.Write(ref _isRunning, false);
        }
        while (_queued.Reader.TryPeek(out _) && !Interlocked.Exchange(ref _isRunning, true));
    }

    private bool TryTakeGroup()
    {
        _group.Clear();
        while (_group.Count < MostTogether && _queued.Reader.TryRead(out Entry? entry))
        {
            _group.Add(entry);
        }

        return _group.Count > 0;
    }

    private Task ForAllAsync(Action<IPublishable> step)
    {
        int next = -1;
        return Task.WhenAll(Enumerable.Range(0, Math.Min(Lanes, _group.Count)).Select(_ => Start(() =>
        {
            for (int place = Interlocked.Increment(ref next); place < _group.Count; place = Interlocked.Increment(ref next))
            {
                Entry entry = _group[place];
                entry.Try(() => step(entry.File));
            }

            return Task.CompletedTask;
        })));
    }

    /// <summary>
    /// Makes the content of a large group durable by one call for the file system. When that fails, each file is asked for itself: its
    /// own sync
    /// still knows. The call does not: a failure is told once, and may have been that of a file in the next group. So it is not used again.
    /// </summary>
    private bool TrySyncAll()
    {
        if (_mayNotSyncAll || _group.Count < LeastSyncedByAll)
        {
            return false;
        }

        try
        {
            return _group.Select(entry => entry.File.Root).Distinct().All(root => root.TrySyncAll());
        }
        catch (IOException)
        {
            _mayNotSyncAll = true;
            return false;
        }
    }

    private void Name(List<Entry> group)
    {
        foreach (Entry entry in group)
        {
            entry.Try(() =>
            {
                if (Failure is { } failure)
                {
                    throw failure;
                }

                entry.Name = entry.File.GiveName(_names);
            });
        }

        foreach (IGrouping<IStorageRoot, Entry> named in group.Where(entry => entry.Name is not null).GroupBy(entry => entry.File.Root))
        {
            try
            {
                SyncDirectories(named.Key, named);
            }
            catch (Exception exception)
            {
                Fail(exception);
                foreach (Entry entry in named)
                {
                    entry.Failure = new InboxUncertainException(entry.Name!, exception);
                }
            }
        }
    }

    /// <summary>Syncs what has new names in it. A directory that somebody took away is the matter of those in it alone.</summary>
    private static void SyncDirectories(IStorageRoot root, IEnumerable<Entry> named)
    {
        foreach (IGrouping<string, Entry> changed in named
            .SelectMany(entry => entry.File.ChangedDirectories.Select(directory => (Directory: directory, Entry: entry)))
            .GroupBy(change => change.Directory, change => change.Entry, StringComparer.Ordinal))
        {
            try
            {
                root.SyncDirectory(changed.Key);
            }
            catch (IOException gone) when (IsOfDirectoryAlone(gone))
            {
                foreach (Entry entry in changed)
                {
                    entry.Fail(gone);
                }
            }
        }
    }

    /// <summary>Whether a directory was not synced for a reason that says nothing of the disk.</summary>
    /// <param name="exception">What its sync threw.</param>
    public static bool IsOfDirectoryAlone(IOException exception) =>
        exception is DirectoryNotFoundException || DescriptorShortage.IsReasonOf(exception);

    /// <summary>Takes no file any more: the sync of a directory has failed.</summary>
    /// <param name="cause">What it threw.</param>
    public void Fail(Exception cause)
    {
        string sentence = $"the directory of received files could not be synced ({cause.Message}): restart when the disk is well.";
        Volatile.Write(ref _failure, new InboxRefusedException(sentence));
        _ = _failed.TrySetResult("no file is taken any more: " + sentence);
    }

    private Task Start(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, threads).Unwrap();

    /// <summary>A file that waits, and what became of it.</summary>
    private sealed class Entry(IPublishable file)
    {
        public IPublishable File { get; } = file;

        public TaskCompletionSource<string> Named { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? Name { get; set; }

        public Exception? Failure { get; set; }

        /// <summary>Takes a step, unless one before it failed. Whatever it throws is this file's, and ends no other.</summary>
        public void Try(Action step)
        {
            try
            {
                if (Failure is null)
                {
                    step();
                }
            }
            catch (Exception exception)
            {
                Failure = exception;
            }
        }

        /// <summary>Fails, unless it has: a file that has its name by now is there, durable or not.</summary>
        public void Fail(Exception cause) => Failure ??= Name is null ? cause : new InboxUncertainException(Name, cause);

        public void Finish()
        {
            if (Failure is null)
            {
                Named.SetResult(Name!);
            }
            else
            {
                Named.SetException(Failure);
            }
        }
    }
}
