using Aldis.Journal.Storage;
using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>A directory or a link on its way in: it is nothing but a name.</summary>
/// <param name="root">The directory of received files.</param>
/// <param name="path">Its path.</param>
/// <param name="target">Of a link, what it points to; null for a directory.</param>
/// <param name="policy">What is done with a link whose name is taken.</param>
/// <param name="directories">Makes what is above it.</param>
internal sealed class ReceivedName(
    IStorageRoot root, string path, string? target, ConflictPolicy policy, ReceivedDirectories directories) : IPublishable
{
    private readonly List<string> _changed = [];

    public IStorageRoot Root => root;

    public IEnumerable<string> ChangedDirectories => _changed;

    public void Prepare()
    {
    }

    public void Sync()
    {
    }

    public void Check()
    {
    }

    public string GiveName(FreeNames names)
    {
        if (target is null)
        {
            directories.Make(path, _changed);
            return path;
        }

        string above = ReceivedDirectories.Above(path);
        directories.Make(above, _changed);
        _changed.Add(above);
        if (policy == ConflictPolicy.Rename)
        {
            return names.Take(path, name => root.TryCreateLink(name, target));
        }

        return root.TryCreateLink(path, target) ? path : throw new EntryExistsException(path);
    }
}
