using System.Buffers;
using Aldis.Journal.Storage;

namespace Aldis.Services.Inbox;

/// <summary>
/// A file on its way in. One writer; <see cref="CompleteAsync"/> makes it durable and visible, disposing it before that removes it.
/// </summary>
internal sealed class IncomingFile : IPublishable, IAsyncDisposable
{
    // Asking the file system for its free space costs a system call; between two of them at most this much can slip below the floor.
    private const long FreeSpaceCheckBytes = 64L * 1024 * 1024;

    private readonly FileInbox _inbox;
    private readonly string _part;
    private readonly IStorageFile _file;
    private long _nextCheck = FreeSpaceCheckBytes;
    private bool _isNamed;
    private bool _isClosed; // Exchanged, so that its place is given back once.

    internal IncomingFile(FileInbox inbox, IStorageRoot root, string name, string part, IStorageFile file)
    {
        _inbox = inbox;
        Root = root;
        Name = name;
        _part = part;
        _file = file;
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public IStorageRoot Root { get; }

    /// <inheritdoc/>
    public IEnumerable<string> ChangedDirectories => [string.Empty];

    /// <summary>The name it should get.</summary>
    internal string Name { get; }

    /// <summary>Appends bytes.</summary>
    /// <param name="data">The bytes; they are not kept.</param>
    /// <returns>A task that ends when the operating system has them.</returns>
    /// <exception cref="IOException">The disk failed or is full (<see cref="InboxRefusedException"/> below the floor).</exception>
    public async ValueTask WriteAsync(ReadOnlySequence<byte> data) =>
        Length += DiskThreads.MayWaitHere() ? Write(data) : await _inbox.RunAndStayAsync(() => Write(data)).ConfigureAwait(false);

    /// <summary>Makes the file durable, then gives it its final name.</summary>
    /// <returns>The name it got.</returns>
    /// <exception cref="InboxUncertainException">The file has its final name, which may not outlive a power cut.</exception>
    /// <exception cref="IOException">The disk failed; the file is not stored.</exception>
    public Task<string> CompleteAsync() => _inbox.PublishAsync(this);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _inbox.RunAsync(Close).ConfigureAwait(false);
        }
        catch (InboxRefusedException)
        {
            // No thread to do it on, and no reason to leave a descriptor open and a file behind.
            _ = Close();
        }
        finally
        {
            if (!Interlocked.Exchange(ref _isClosed, true))
            {
                _inbox.HandleEnded();
            }
        }
    }

    /// <inheritdoc/>
    public void Prepare()
    {
    }

    /// <inheritdoc/>
    public void Sync() => _file.Sync();

    /// <inheritdoc/>
    public void Check() => _inbox.EnsureUnchanged(Root, _part, _file, Length);

    /// <inheritdoc/>
    public string GiveName(FreeNames names) => names.Take(Name, name => _isNamed = Root.TryRename(_part, name));

    private bool Close()
    {
        _file.Dispose();
        if (!_isNamed)
        {
            Root.Delete(_part);
        }

        return _isNamed;
    }

    private long Write(in ReadOnlySequence<byte> data)
    {
        if (Length >= _nextCheck)
        {
            _inbox.EnsureFreeSpace();
            _nextCheck = Length + FreeSpaceCheckBytes;
        }

        if (data.IsSingleSegment)
        {
            _file.Write(Length, data.FirstSpan);
        }
        else
        {
            var segments = new List<ReadOnlyMemory<byte>>();
            foreach (ReadOnlyMemory<byte> segment in data)
            {
                segments.Add(segment);
            }

            _file.Write(Length, segments);
        }

        return data.Length;
    }
}
