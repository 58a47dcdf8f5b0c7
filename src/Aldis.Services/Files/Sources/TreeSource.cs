using System.Text;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files;

namespace Aldis.Services.Files.Sources;

/// <summary>What a <see cref="SourceTree"/> found, as the source of one transfer.</summary>
internal sealed class TreeSource : ITransferSource
{
    private readonly IReadOnlyList<SourceEntry> _found;

    /// <summary>Makes the source.</summary>
    /// <param name="found">What is sent; nothing that is skipped.</param>
    public TreeSource(IReadOnlyList<SourceEntry> found)
    {
        _found = found;
        Entries = [.. found.Select(Describe)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<ManifestEntry> Entries { get; }

    /// <summary>What was found, under the same numbers.</summary>
    public IReadOnlyList<SourceEntry> Found => _found;

    /// <summary>Told why an entry cannot be opened, as the end of a sentence with its full stop.</summary>
    public Action<int, string>? Unreadable { get; init; }

    /// <inheritdoc/>
    public async ValueTask<ISourceFile> OpenAsync(int entry, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(_found[entry], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Unreadable?.Invoke(entry, SourceTree.Reason(exception));
            throw;
        }
    }

    private static async ValueTask<ISourceFile> OpenAsync(SourceEntry found, CancellationToken cancellationToken)
    {
        if (found.Content is { } content)
        {
            return new SourceStream(content);
        }

        // A pipe is opened when somebody writes it: perhaps never.
        FileStream file = await Task.Run(() => Open(found.Path), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
        return found.Kind == SourceKind.Stream ? new SourceStream(file) : new SourceFile(file, found.Path, found.Status);
    }

    private static ManifestEntry Describe(SourceEntry found) => new()
    {
        Kind = found.Kind switch
        {
            SourceKind.Directory => FileEntryKind.Directory,
            SourceKind.Link => FileEntryKind.Link,
            _ => FileEntryKind.File,
        },
        Path = Encoding.UTF8.GetBytes(found.Name),
        Target = found.Target is null ? default : Encoding.UTF8.GetBytes(found.Target),
        Size = found.Kind == SourceKind.Stream ? ManifestEntry.UnknownSize : found.Length,
        ModifiedNs = Math.Max(0, found.Status.Written),
        Mode = found.Permissions,
        Change = Math.Max(0, found.Status.Changed),
    };

    private static FileStream Open(string path) => new(path, new FileStreamOptions
    {
        Access = FileAccess.Read,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        Options = FileOptions.SequentialScan,
    });

    /// <summary>A file with a length, of which any part can be read.</summary>
    private sealed class SourceFile(FileStream file, string path, FileStatus before) : ISourceFile
    {
        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
            RandomAccess.ReadAsync(file.SafeFileHandle, buffer, offset, cancellationToken);

        /// <summary>Another file may have taken the name since it was looked at, and before it was opened.</summary>
        public bool IsUnchanged()
        {
            FileStatus? now = OperatingSystem.IsLinux() ? FileStatus.Of(file.SafeFileHandle) : SourceStatus.Of(path);
            return now is { } after && after.Length == before.Length && after.Written == before.Written && after.Changed == before.Changed
                && after.Inode == before.Inode && after.Device == before.Device
                && SourceStatus.Of(path) is { } named && named.Inode == before.Inode && named.Device == before.Device;
        }

        public ValueTask DisposeAsync() => file.DisposeAsync();
    }

    /// <summary>What is read as it comes, once.</summary>
    private sealed class SourceStream(Stream stream) : ISourceFile
    {
        private long _read;

        public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (offset != _read)
            {
                throw new IOException("what comes from a pipe can be read only once.");
            }

            // A pipe that is silent holds its reader whatever the reader is told.
            ValueTask<int> reading = stream.ReadAsync(buffer, cancellationToken);
            int read = reading.IsCompleted
                ? await reading.ConfigureAwait(false)
                : await reading.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            _read += read;
            return read;
        }

        public bool IsUnchanged() => true;

        public ValueTask DisposeAsync() => stream.DisposeAsync();
    }
}
