using System.Text;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files;
using Aldis.Protocols.Files.Names;

namespace Aldis.Services.Files.Sources;

/// <summary>
/// A directory that is shared for fetching. Everything goes through the one directory that was opened, and no link is followed or sent, so
/// that nothing outside it is reached, whatever a client asks for and whoever plants a link. Thread-safe.
/// </summary>
/// <param name="root">The directory; the share owns it.</param>
internal sealed class DirectoryShare(IStorageRoot root) : ITransferShare, IDisposable
{
    private const int PermissionBits = 0xFFF;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public ValueTask<ITransferSource?> OpenAsync(IReadOnlyList<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken) =>
        new(Task.Run<ITransferSource?>(() => Open(paths, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ManifestEntry>?> ListAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken) =>
        new(Task.Run<IReadOnlyList<ManifestEntry>?>(() => List(paths, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public void Dispose() => root.Dispose();

    private Shared? Open(IReadOnlyList<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken)
    {
        var found = new List<(string Path, ManifestEntry Entry)>();
        foreach (ReadOnlyMemory<byte> bytes in paths)
        {
            if (!TryResolve(bytes.Span, out string path, out FileStatus status))
            {
                return null;
            }

            Descend(path, NameBelow(path), status, found, cancellationToken);
        }

        return new Shared(root, found);
    }

    private List<ManifestEntry>? List(IReadOnlyList<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken)
    {
        var found = new List<ManifestEntry>();
        foreach (ReadOnlyMemory<byte> bytes in paths)
        {
            if (!TryResolve(bytes.Span, out string path, out FileStatus status))
            {
                return null;
            }

            if (!status.IsDirectory)
            {
                found.Add(Describe(path, status));
                continue;
            }

            foreach ((string below, FileStatus one) in Below(path, cancellationToken))
            {
                found.Add(Describe(below, one));
            }
        }

        return found;
    }

    /// <summary>Everything from a path on, a directory before what is in it; without a call within a call for each level.</summary>
    private void Descend(
        string top, string name, FileStatus status, List<(string Path, ManifestEntry Entry)> found, CancellationToken cancellationToken)
    {
        var ahead = new Stack<(string Path, string Name, FileStatus Status)>();
        ahead.Push((top, name, status));
        while (ahead.TryPop(out (string Path, string Name, FileStatus Status) next))
        {
            if (next.Name.Length > 0)
            {
                found.Add((next.Path, Describe(next.Name, next.Status)));
            }

            if (found.Count > FilesService.MaxEntries)
            {
                throw new IOException($"there are more than {FilesService.MaxEntries} files and directories: fetch them in parts.");
            }

            if (next.Status.IsDirectory)
            {
                foreach ((string path, FileStatus one) in Below(next.Path, cancellationToken).Reverse())
                {
                    ahead.Push((path, next.Name.Length == 0 ? path : $"{next.Name}/{LastOf(path)}", one));
                }
            }
        }
    }

    /// <summary>What is in a directory, by name: files and directories, and what a receiver could take.</summary>
    private IEnumerable<(string Path, FileStatus Status)> Below(string directory, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (string name in root.ListNames(directory).Order(StringComparer.Ordinal))
        {
            string path = directory.Length == 0 ? name : $"{directory}/{name}";
            if (name != PathRule.PartsDirectory && root.GetStatus(path) is { } status && (status.IsRegular || status.IsDirectory))
            {
                yield return (path, status);
            }
        }
    }

    private bool TryResolve(ReadOnlySpan<byte> bytes, out string path, out FileStatus status)
    {
        path = string.Empty;
        status = default;
        try
        {
            path = Strict.GetString(bytes).Trim('/');
            if (path.Length == 0)
            {
                status = FileStatus.OfDirectory(DateTime.UnixEpoch, 0);
                return true;
            }

            RootPath.Check(path);
            status = root.GetStatus(path) ?? default;
            return status.IsRegular || status.IsDirectory;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // No such way down, or one through a link: it is not there.
            return false;
        }
    }

    private static ManifestEntry Describe(string name, in FileStatus status) => new()
    {
        Kind = status.IsDirectory ? FileEntryKind.Directory : FileEntryKind.File,
        Path = Encoding.UTF8.GetBytes(name),
        Size = status.IsDirectory ? 0 : status.Length,
        ModifiedNs = Math.Max(0, status.Written),
        Mode = status.Mode & PermissionBits,
        Change = Math.Max(0, status.Changed),
    };

    private static string NameBelow(string path) => path.Length == 0 ? string.Empty : LastOf(path);

    private static string LastOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private sealed class Shared(IStorageRoot root, List<(string Path, ManifestEntry Entry)> found) : ITransferSource
    {
        public IReadOnlyList<ManifestEntry> Entries { get; } = [.. found.Select(static one => one.Entry)];

        public async ValueTask<ISourceFile> OpenAsync(int entry, CancellationToken cancellationToken)
        {
            string path = found[entry].Path;
            IStorageFile file = await Task.Run(() => root.OpenFile(path, mayWrite: false), cancellationToken).ConfigureAwait(false)
                ?? throw new FileNotFoundException("it is not there any more.");
            return new SharedFile(root, path, found[entry].Entry, file);
        }
    }

    private sealed class SharedFile(IStorageRoot root, string path, ManifestEntry entry, IStorageFile file) : ISourceFile
    {
        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
            new(Task.Run(() => file.Read(offset, buffer.Span), cancellationToken));

        public bool IsUnchanged()
        {
            try
            {
                return root.GetStatus(path) is { } now && entry.IsSameState(Describe(path, now));
            }
            catch (IOException)
            {
                return false;
            }
        }

        public ValueTask DisposeAsync()
        {
            file.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
