using Aldis.Journal.Storage;
using Aldis.Protocols.Files;
using Aldis.Protocols.Files.Names;

namespace Aldis.Services.Inbox;

/// <summary>
/// A file of a transfer that is whole and waits for its name, below <see cref="PathRule.PartsDirectory"/>. Small ones come as their bytes,
/// and are written then.
/// </summary>
/// <param name="inbox">The inbox.</param>
/// <param name="root">Its directory.</param>
/// <param name="part">Where the bytes are, or will be.</param>
/// <param name="becomes">What it becomes.</param>
/// <param name="directories">Makes what is above it.</param>
/// <param name="file">The file of one that is written, open.</param>
internal sealed class StagedFile(
    FileInbox inbox,
    IStorageRoot root,
    string part,
    ReceivedFile becomes,
    ReceivedDirectories directories,
    IStorageFile? file = null) : IPublishable, IDisposable
{
    private readonly List<string> _changed = [];
    private IStorageFile? _file = file;
    private bool _isNamed;

    /// <summary>The bytes of a small one.</summary>
    public ReadOnlyMemory<byte>? Content { get; init; }

    /// <summary>What is deleted when it has its name: what was noted of it while it was unfinished.</summary>
    public string? Ledger { get; init; }

    public IStorageRoot Root => root;

    public IEnumerable<string> ChangedDirectories => _changed;

    public void Prepare()
    {
        if (Content is { } content)
        {
            _file = Parts.Create(root, part, becomes.Mode);
            _file.Write(0, content.Span);
        }
        else
        {
            _file!.RestrictMode(becomes.Mode);
        }

        if (becomes.ModifiedNs > 0)
        {
            // Where the file system keeps no marks, a repeat is compared by its content.
            _ = _file.TrySetMark(becomes.Mark.Span);
            _file.SetModified(becomes.ModifiedNs);
        }
    }

    public void Sync() => _file!.Sync();

    public void Check() => inbox.EnsureUnchanged(root, part, _file!, becomes.Length);

    public string GiveName(FreeNames names)
    {
        string above = ReceivedDirectories.Above(becomes.Path);
        directories.Make(above, _changed);
        string path = becomes.Policy switch
        {
            ConflictPolicy.Rename => names.Take(becomes.Path, TryRename),
            ConflictPolicy.Overwrite => Replace(),
            _ => TryRename(becomes.Path) ? becomes.Path : throw new EntryExistsException(becomes.Path),
        };
        _changed.Add(above);
        _isNamed = true;
        Dispose();
        return path;
    }

    /// <summary>Closes it; without a name it is gone.</summary>
    public void Dispose()
    {
        if (_file is null)
        {
            return;
        }

        _file.Dispose();
        _file = null;
        if (!_isNamed)
        {
            root.Delete(part);
        }

        if (Ledger is not null)
        {
            root.Delete(Ledger);
        }
    }

    private bool TryRename(string path) => root.TryRename(part, path);

    private string Replace()
    {
        if (!TryRename(becomes.Path))
        {
            if (root.GetStatus(becomes.Path) is { IsRegular: false })
            {
                throw new EntryExistsException(becomes.Path);
            }

            root.Replace(part, becomes.Path);
        }

        return becomes.Path;
    }
}
