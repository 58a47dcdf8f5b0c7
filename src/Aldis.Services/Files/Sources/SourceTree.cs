using Aldis.Journal.Storage;
using Aldis.Protocols.Files;

namespace Aldis.Services.Files.Sources;

/// <summary>
/// What there is to copy: each thing that was named, and all that is below it, one after the other, always in the same order (a directory
/// before what is in it, names by their UTF-16 code units). Holds the names of the directories on the way to where it is and nothing else,
/// however large the tree. What cannot be copied is told in its place, and the rest goes on.
/// </summary>
/// <param name="filter">What is left out below the directories that were named.</param>
/// <param name="links">What becomes of symbolic links.</param>
internal sealed class SourceTree(PathFilter filter, LinkPolicy links)
{
    private const char UnknownCharacter = '\uFFFD';

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>Looks at what was named, before anything is sent: a wrong name among many must not leave half of them copied.</summary>
    /// <param name="paths">What was named.</param>
    /// <returns>An entry for each, under the last name of its path.</returns>
    /// <exception cref="SourceException">One of them is not there, cannot be read, or would have the name of another.</exception>
    public static IReadOnlyList<SourceEntry> Look(IReadOnlyList<string> paths)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        var entries = new List<SourceEntry>(paths.Count);
        foreach (string path in paths)
        {
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
            if (name.Length == 0)
            {
                throw new SourceException($"'{path}' has no name to be copied under: name what is in it.");
            }

            if (!named.TryAdd(name, path))
            {
                throw new SourceException(
                    $"'{named[name]}' and '{path}' would both be '{name}' over there: copy them one after the other.");
            }

            if (SourceStatus.Of(path) is not FileStatus status)
            {
                throw new SourceException(SourceStatus.OfName(path) is { IsLink: true }
                    ? $"'{path}' is a link to something that is not there."
                    : $"there is no file or directory '{path}'.");
            }

            entries.Add(new SourceEntry(KindOf(status, path), name, path, status));
        }

        return entries;
    }

    /// <summary>Goes through everything; reads directories while it is asked for more.</summary>
    /// <param name="named">What <see cref="Look"/> found.</param>
    public IEnumerable<SourceEntry> Walk(IEnumerable<SourceEntry> named)
    {
        foreach (SourceEntry entry in named)
        {
            if (entry.Kind != SourceKind.Directory)
            {
                yield return entry;
                continue;
            }

            foreach (SourceEntry one in Descend(entry))
            {
                yield return one;
            }
        }
    }

    /// <summary>A pipe, a device, and a file that claims no length and has one, as those in /proc do.</summary>
    private static SourceKind KindOf(in FileStatus status, string path)
    {
        if (status.IsDirectory)
        {
            return SourceKind.Directory;
        }

        if (!status.IsRegular)
        {
            return SourceKind.Stream;
        }

        return status is { Length: 0, Blocks: 0 } && HasContent(path) ? SourceKind.Stream : SourceKind.File;
    }

    private static bool HasContent(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return file.ReadByte() >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Told when it is opened to be copied.
            return false;
        }
    }

    /// <summary>A directory and all that is below it, without a call within a call for each level.</summary>
    private IEnumerable<SourceEntry> Descend(SourceEntry top)
    {
        var levels = new Stack<Level>();
        (SourceEntry Entry, Level? Below) opened = Open(top, levels);
        yield return opened.Entry;
        Push(opened.Below);
        while (levels.TryPeek(out Level? level))
        {
            if (!level.TryNext(out string? name))
            {
                levels.Pop();
                continue;
            }

            string below = level.Below.Length == 0 ? name : $"{level.Below}/{name}";
            SourceEntry entry = Describe(Path.Combine(level.Path, name), $"{top.Name}/{below}", name);
            PathVerdict verdict = filter.Judge(below, entry.Kind == SourceKind.Directory);
            if (verdict == PathVerdict.LeftOut)
            {
                continue;
            }

            if (entry.Kind != SourceKind.Directory)
            {
                yield return entry;
                continue;
            }

            opened = Open(entry, levels, below);
            if (verdict == PathVerdict.Copied || opened.Below is null)
            {
                yield return opened.Entry;
            }

            Push(opened.Below);
        }

        void Push(Level? level)
        {
            if (level is not null)
            {
                levels.Push(level);
            }
        }
    }

    /// <summary>Reads a directory, unless the way to it leads through itself.</summary>
    /// <returns>Its entry, and what is below it; null where it cannot be entered, which the entry then tells.</returns>
    private static (SourceEntry Entry, Level? Below) Open(SourceEntry directory, Stack<Level> above, string below = "")
    {
        if (directory.Status.Inode != 0 && above.Any(level => level.IsSame(directory.Status)))
        {
            return (Skip(directory, "is a link to a directory above it, and would have no end; '--links keep' copies it as a link."), null);
        }

        try
        {
            string[] names =
            [
                .. Directory.EnumerateFileSystemEntries(directory.Path, "*", Everything).Select(static path => Path.GetFileName(path)),
            ];
            Array.Sort(names, StringComparer.Ordinal);
            return (directory, new Level(directory.Path, below, directory.Status, names));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (Skip(directory, $"cannot be read: {Reason(exception)}"), null);
        }
    }

    private SourceEntry Describe(string path, string name, string own)
    {
        var entry = new SourceEntry(SourceKind.Skipped, name, path, default);
        if (SourceStatus.OfName(path) is not FileStatus status)
        {
            return Skip(entry, own.Contains(UnknownCharacter, StringComparison.Ordinal)
                ? "has a name that is not UTF-8, which names must be: rename it, or copy it alone as '-' with a --name."
                : "was removed while the directory was read.");
        }

        entry = entry with { Status = status };
        if (status.IsLink && links == LinkPolicy.Keep)
        {
            return Keep(entry);
        }

        if (status.IsLink && links == LinkPolicy.Skip)
        {
            return entry with { Note = "is a link." };
        }

        if (status.IsLink)
        {
            if (SourceStatus.Of(path) is not FileStatus target)
            {
                return Skip(
                    entry, "is a link to something that is not there, or that may not be looked at; '--links keep' copies it as a link.");
            }

            entry = entry with { Status = target };
        }

        return entry.Status switch
        {
            { IsRegular: true } => entry with { Kind = SourceKind.File },
            { IsDirectory: true } => entry with { Kind = SourceKind.Directory },
            _ => entry with { Note = $"is {entry.Status.TypeName}, and no file." },
        };
    }

    private static SourceEntry Keep(SourceEntry entry)
    {
        try
        {
            return new FileInfo(entry.Path).LinkTarget is string target
                ? entry with { Kind = SourceKind.Link, Target = target }
                : Skip(entry, "was removed while the directory was read.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Skip(entry, $"cannot be read: {Reason(exception)}");
        }
    }

    private static SourceEntry Skip(SourceEntry entry, string note) =>
        entry with { Kind = SourceKind.Skipped, Note = note, IsFailure = true };

    /// <summary>Why something could not be read, as the end of a sentence with its full stop.</summary>
    /// <param name="exception">An <see cref="IOException"/> or an <see cref="UnauthorizedAccessException"/>.</param>
    public static string Reason(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "its permissions do not allow it.",
        DirectoryNotFoundException or FileNotFoundException => "it was removed meanwhile.",
        _ => exception.Message,
    };

    /// <summary>A directory that is being gone through.</summary>
    private sealed class Level(string path, string below, FileStatus status, string[] names)
    {
        private int _next;

        public string Path => path;

        /// <summary>The way to it from what was named; empty for that itself.</summary>
        public string Below => below;

        public bool IsSame(in FileStatus other) => status.Device == other.Device && status.Inode == other.Inode;

        public bool TryNext([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? name)
        {
            name = _next < names.Length ? names[_next++] : null;
            return name is not null;
        }
    }
}
