using System.Buffers;
using Aldis.Journal.Storage;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Services.Inbox;

/// <summary>
/// A file on its way in. One writer; <see cref="CompleteAsync"/> makes it durable and visible, disposing it before that removes it.
/// </summary>
public sealed class IncomingFile : IAsyncDisposable
{
    // Asking the file system for its free space costs a system call; between two of them at most this much can slip below the floor.
    private const long FreeSpaceCheckBytes = 64L * 1024 * 1024;

    private readonly FileInbox _inbox;
    private readonly string _name;
    private readonly string _part;
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private long _nextCheck = FreeSpaceCheckBytes;
    private bool _complete;

    internal IncomingFile(FileInbox inbox, string name, string part, UnixFileMode mode)
    {
        _inbox = inbox;
        _name = name;
        _part = part;
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        _file = new FileStream(part, options);
        _handle = _file.SafeFileHandle;
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Appends bytes.</summary>
    /// <param name="data">The bytes; they are not kept.</param>
    /// <returns>A task that ends when the operating system has them.</returns>
    /// <exception cref="IOException">The disk failed or is full (<see cref="InboxRefusedException"/> below the floor).</exception>
    public async ValueTask WriteAsync(ReadOnlySequence<byte> data)
    {
        if (Length >= _nextCheck)
        {
            _inbox.EnsureFreeSpace();
            _nextCheck = Length + FreeSpaceCheckBytes;
        }

        try
        {
            await (data.IsSingleSegment
                ? RandomAccess.WriteAsync(_handle, data.First, Length)
                : RandomAccess.WriteAsync(_handle, SegmentsOf(data), Length));
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw FileTooLarge.Describe(exception);
        }

        Length += data.Length;
    }

    private static List<ReadOnlyMemory<byte>> SegmentsOf(in ReadOnlySequence<byte> data)
    {
        var segments = new List<ReadOnlyMemory<byte>>();
        foreach (ReadOnlyMemory<byte> segment in data)
        {
            segments.Add(segment);
        }

        return segments;
    }

    /// <summary>Makes the file durable, then gives it its final name.</summary>
    /// <returns>The name it got.</returns>
    /// <exception cref="IOException">The disk failed; the file is not stored.</exception>
    public async Task<string> CompleteAsync()
    {
        string name = await Task.Run(() =>
        {
            RandomAccess.FlushToDisk(_handle);
            return _inbox.Publish(_part, _name);
        });
        _complete = true;
        return name;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        if (!_complete)
        {
            await Task.Run(() => File.Delete(_part));
        }
    }
}
