using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Storage;

/// <summary>
/// An opened directory of Linux. The way to a file is opened by openat2 (RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS), or component by component
/// with O_NOFOLLOW where the kernel or a sandbox does not have it; then one more call names the file in the directory it found.
/// </summary>
internal sealed class LinuxRoot : IStorageRoot
{
    private readonly SafeFileHandle _root;
    private readonly string _path;
    private readonly bool _mayOpenBeneath;

    private LinuxRoot(SafeFileHandle root, string path, bool mayOpenBeneath)
    {
        _root = root;
        _path = path;
        _mayOpenBeneath = mayOpenBeneath;
        SystemRun = SystemRunName.Of(root);
    }

    public UInt128 SystemRun { get; }

    /// <summary>Opens a directory.</summary>
    /// <param name="directory">Its path; links in it are the caller's own and are followed.</param>
    /// <param name="mayOpenBeneath">False to go without openat2, as on an old kernel.</param>
    /// <returns>Null where there is none.</returns>
    public static LinuxRoot? Open(string directory, bool mayOpenBeneath = true)
    {
        int descriptor = NativeDirectory.OpenDirectory(directory);
        return descriptor switch
        {
            >= 0 => new LinuxRoot(new SafeFileHandle(descriptor, ownsHandle: true), directory, mayOpenBeneath),
            -NativeDirectory.NoSuchEntry => null,
            _ => throw NativeDirectory.Describe(descriptor, $"'{directory}' cannot be opened"),
        };
    }

    public void CreateDirectory(string path, UnixFileMode mode)
    {
        using Place place = Find(path);
        int result = NativeDirectory.MakeDirectory(place.Directory, place.Name, mode);
        if (result < 0 && result != -NativeDirectory.Exists)
        {
            throw Failure(result, path, "cannot be created");
        }

        // What exists must be a directory, and none that lies elsewhere.
        OpenDirectory(path).Dispose();
    }

    public void SetDirectoryModified(string path, long nanoseconds)
    {
        using SafeFileHandle directory = OpenDirectory(path);
        NativeFile.SetModified(directory, nanoseconds);
    }

    public IStorageFile CreateFile(string path, UnixFileMode mode)
    {
        const int Flags = NativeDirectory.OpenWriteOnly | NativeDirectory.OpenCreate | NativeDirectory.OpenExclusive;
        using Place place = Find(path);
        return new SystemFile(new SafeFileHandle(
            Checked(NativeDirectory.Open(place.Directory, place.Name, Flags, mode), path, "cannot be created"), ownsHandle: true));
    }

    public IStorageFile? OpenFile(string path, bool mayWrite)
    {
        // Without waiting, because somebody may have put a pipe there.
        int flags = NativeDirectory.OpenNonBlocking | (mayWrite ? NativeDirectory.OpenReadWrite : 0);
        if (TryFind(path) is not { } place)
        {
            return null;
        }

        using (place)
        {
            int descriptor = NativeDirectory.Open(place.Directory, place.Name, flags);
            if (descriptor == -NativeDirectory.NoSuchEntry)
            {
                return null;
            }

            var handle = new SafeFileHandle(Checked(descriptor, path, "cannot be opened"), ownsHandle: true);
            if (FileStatus.Of(handle) is { IsRegular: true })
            {
                return new SystemFile(handle);
            }

            handle.Dispose();
            throw new IOException($"'{Path.Combine(_path, path)}' is no file.");
        }
    }

    public bool TryCreateLink(string path, string target)
    {
        using Place place = Find(path);
        int result = NativeDirectory.MakeLink(target, place.Directory, place.Name);
        return result != -NativeDirectory.Exists && Checked(result, path, "cannot be created") == 0;
    }

    public string? ReadLink(string path)
    {
        using Place place = Find(path);
        return NativeDirectory.ReadLink(place.Directory, place.Name);
    }

    public FileStatus? GetStatus(string path)
    {
        if (TryFind(path) is not { } place)
        {
            return null;
        }

        using (place)
        {
            return FileStatus.OfName(place.Directory, place.Name);
        }
    }

    public IEnumerable<string> ListNames(string path)
    {
        if (path.Length == 0)
        {
            return [.. Entries(_root).Select(static entry => entry.Name)];
        }

        int descriptor = OpenDirectoryOrFail(path);
        if (descriptor == -NativeDirectory.NoSuchEntry)
        {
            return [];
        }

        using var directory = new SafeFileHandle(Checked(descriptor, path, "cannot be opened"), ownsHandle: true);
        return [.. Entries(directory).Select(static entry => entry.Name)];
    }

    public void Replace(string path, string newPath)
    {
        using Place from = Find(path);
        using Place to = Find(newPath);
        _ = Checked(
            NativeDirectory.Replace(from.Directory, from.Name, to.Directory, to.Name), path, $"cannot be renamed to '{newPath}'");
    }

    public bool TryRename(string path, string newPath)
    {
        using Place from = Find(path);
        using Place to = Find(newPath);
        int result = NativeDirectory.Rename(from.Directory, from.Name, to.Directory, to.Name);
        if (result is -NativeDirectory.Invalid or -NativeDirectory.NotImplemented)
        {
            // A file system that cannot refuse to replace. A link refuses too; between the two calls the file has both names.
            result = NativeDirectory.Link(from.Directory, from.Name, to.Directory, to.Name);
            result = result < 0 ? result : NativeDirectory.Unlink(from.Directory, from.Name);
        }

        return result != -NativeDirectory.Exists && Checked(result, path, $"cannot be renamed to '{newPath}'") == 0;
    }

    public void Delete(string path)
    {
        using Place place = Find(path);
        int result = NativeDirectory.Unlink(place.Directory, place.Name);
        if (result < 0 && result != -NativeDirectory.NoSuchEntry)
        {
            throw Failure(result, path, "cannot be deleted");
        }
    }

    public void RemoveDirectory(string path)
    {
        using Place place = Find(path);
        int result = NativeDirectory.RemoveDirectory(place.Directory, place.Name);
        if (result is not (0 or -NativeDirectory.NoSuchEntry or -NativeDirectory.NotEmpty or -NativeDirectory.Exists))
        {
            throw Failure(result, path, "cannot be removed");
        }
    }

    public IReadOnlyList<string> ListFiles()
    {
        var files = new List<string>();
        List(_root, string.Empty, files);
        return files;
    }

    public void SyncDirectory(string path)
    {
        if (path.Length == 0)
        {
            NativeSync.SyncDirectory(_root, _path);
            return;
        }

        int descriptor = OpenDirectoryOrFail(path);
        if (descriptor is -NativeDirectory.NoSuchEntry or -NativeDirectory.NotDirectory or -NativeDirectory.IsLink)
        {
            throw new DirectoryNotFoundException($"'{Path.Combine(_path, path)}' is not there any more, or is no directory");
        }

        using var directory = new SafeFileHandle(Checked(descriptor, path, "cannot be opened"), ownsHandle: true);
        NativeSync.SyncDirectory(directory, path);
    }

    public bool TrySyncAll() => NativeFile.TrySyncFileSystem(_root);

    public bool TryLockAlone() => NativeDirectory.LockAlone(_root) == 0;

    public void LockShared() => _ = NativeDirectory.Share(_root);

    public void Dispose() => _root.Dispose();

    private static void List(SafeFileHandle directory, string prefix, List<string> files)
    {
        foreach ((string name, FileAttributes attributes) in Entries(directory))
        {
            if (attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                continue;
            }

            if (!attributes.HasFlag(FileAttributes.Directory))
            {
                files.Add(prefix + name);
                continue;
            }

            int descriptor = NativeDirectory.Open(directory, name, NativeDirectory.OpenDirectoryOnly);
            if (descriptor >= 0)
            {
                using var below = new SafeFileHandle(descriptor, ownsHandle: true);
                List(below, $"{prefix}{name}/", files);
            }
        }
    }

    /// <summary>
    /// What is in a directory, by the descriptor: what is read is the one that was opened, not what may have its name by now.
    /// </summary>
    private static FileSystemEnumerable<(string Name, FileAttributes Attributes)> Entries(SafeFileHandle directory) => new(
        $"/proc/self/fd/{directory.DangerousGetHandle()}",
        static (ref FileSystemEntry entry) => (entry.FileName.ToString(), entry.Attributes),
        new EnumerationOptions { AttributesToSkip = FileAttributes.None });

    private Place? TryFind(string path)
    {
        try
        {
            return Find(path);
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
    }

    private Place Find(string path)
    {
        int slash = path.LastIndexOf('/');
        string name = path[(slash + 1)..];
        RootPath.Check(path);
        return slash < 0 ? new Place(_root, name, isOwned: false) : new Place(OpenDirectory(path[..slash]), name, isOwned: true);
    }

    private SafeFileHandle OpenDirectory(string path) =>
        new(Checked(OpenDirectoryOrFail(path), path, "cannot be opened"), ownsHandle: true);

    private int OpenDirectoryOrFail(string path)
    {
        // Opened for reading, because what is opened for its path alone cannot be synced.
        RootPath.Check(path);
        if (_mayOpenBeneath)
        {
            int descriptor = NativeDirectory.OpenBeneath(_root, path, NativeDirectory.OpenDirectoryOnly);
            if (descriptor is not (-NativeDirectory.NotImplemented or -NativeDirectory.NotPermitted))
            {
                return descriptor;
            }
        }

        SafeFileHandle directory = _root;
        foreach (string component in path.Split('/'))
        {
            SafeFileHandle above = directory;
            int descriptor = NativeDirectory.Open(above, component, NativeDirectory.OpenDirectoryOnly);
            if (above != _root)
            {
                above.Dispose();
            }

            if (descriptor < 0)
            {
                return descriptor;
            }

            directory = new SafeFileHandle(descriptor, ownsHandle: true);
        }

        int found = (int)directory.DangerousGetHandle();
        directory.SetHandleAsInvalid();
        return found;
    }

    private int Checked(int result, string path, string failure) => result >= 0 ? result : throw Failure(result, path, failure);

    private Exception Failure(int result, string path, string failure) =>
        NativeDirectory.Describe(result, $"'{Path.Combine(_path, path)}' {failure}");

    /// <summary>Where a file is: an open directory and the one component that is left.</summary>
    private readonly struct Place(SafeFileHandle directory, string name, bool isOwned) : IDisposable
    {
        public SafeFileHandle Directory => directory;

        public string Name => name;

        public void Dispose()
        {
            if (isOwned)
            {
                directory.Dispose();
            }
        }
    }
}
