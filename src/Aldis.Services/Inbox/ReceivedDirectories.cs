using Aldis.Journal.Storage;

namespace Aldis.Services.Inbox;

/// <summary>
/// Makes the directories of a transfer when something gets its name in them. Used while names are given, by one thread at a time.
/// </summary>
/// <param name="root">The directory of received files.</param>
/// <param name="modeOf">The mode of one that is created.</param>
internal sealed class ReceivedDirectories(IStorageRoot root, Func<string, UnixFileMode> modeOf)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal) { string.Empty };

    /// <summary>The directory that holds a path; empty for the directory of received files itself.</summary>
    /// <param name="path">The path.</param>
    public static string Above(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : string.Empty;

    /// <summary>All directories above a path, from the one that holds it to the directory of received files itself.</summary>
    /// <param name="path">The path.</param>
    public static IEnumerable<string> AllAbove(string path)
    {
        string above = path;
        do
        {
            above = Above(above);
            yield return above;
        }
        while (above.Length > 0);
    }

    /// <summary>Makes a directory, and those above it, where they are not there.</summary>
    /// <param name="directory">Its path.</param>
    /// <param name="changed">Takes the directories that have a new name in them.</param>
    /// <exception cref="EntryExistsException">Something else has such a name, a link among them.</exception>
    public void Make(string directory, ICollection<string> changed)
    {
        if (_known.Contains(directory))
        {
            return;
        }

        string above = Above(directory);
        Make(above, changed);
        if (root.GetStatus(directory) is { IsDirectory: false })
        {
            throw new EntryExistsException(directory);
        }

        // One that is there may have been made a moment ago, by somebody who has not synced it yet.
        root.CreateDirectory(directory, modeOf(directory));
        changed.Add(above);
        _known.Add(directory);
    }
}
