using System.Runtime.InteropServices;

namespace Aldis.Journal.Storage;

/// <summary>
/// A directory of a system whose calls for opened directories are not used: each component of a path is looked at before the path is used,
/// so a link that lies there is refused, and one that is planted in that moment is not. There is no lock: nobody is ever alone.
/// </summary>
internal sealed partial class ManagedRoot(string root) : IStorageRoot
{
    private const int ErrorExists = 17;
    private const int WindowsFileExists = unchecked((int)0x80070050);
    private const int WindowsAlreadyExists = unchecked((int)0x800700B7);

    public UInt128 SystemRun => UInt128.Zero;

    public void CreateDirectory(string path, UnixFileMode mode)
    {
        string full = Find(path);
        _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(full) : Directory.CreateDirectory(full, mode);
    }

    public void SetDirectoryModified(string path, long nanoseconds) =>
        Directory.SetLastWriteTimeUtc(Find(path), DateTime.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick));

    public IStorageFile CreateFile(string path, UnixFileMode mode)
    {
        // Others may rename and delete it, because it is renamed while it is open.
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        return new SystemFile(new FileStream(Find(path), options));
    }

    public IStorageFile? OpenFile(string path, bool mayWrite)
    {
        string full = Find(path);
        if (!File.Exists(full))
        {
            return Directory.Exists(full) ? throw new IOException($"'{full}' is no file.") : null;
        }

        var options = new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = mayWrite ? FileAccess.ReadWrite : FileAccess.Read,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        return new SystemFile(new FileStream(full, options));
    }

    public bool TryCreateLink(string path, string target)
    {
        if (ReadLink(path) is not null || Path.Exists(Find(path)))
        {
            return false;
        }

        _ = File.CreateSymbolicLink(Find(path), target);
        return true;
    }

    public string? ReadLink(string path)
    {
        int slash = path.LastIndexOf('/');
        RootPath.Check(path);
        return new FileInfo(Path.Combine(slash < 0 ? root : Find(path[..slash]), path[(slash + 1)..])).LinkTarget;
    }

    public FileStatus? GetStatus(string path)
    {
        if (ReadLink(path) is not null)
        {
            return FileStatus.OfLink(DateTime.UnixEpoch);
        }

        string full = Find(path);
        if (Directory.Exists(full))
        {
            return FileStatus.OfDirectory(Directory.GetLastWriteTimeUtc(full), 0);
        }

        var file = new FileInfo(full);
        return file.Exists ? FileStatus.OfFile(file.Length, file.LastWriteTimeUtc, 0) : null;
    }

    public IEnumerable<string> ListNames(string path)
    {
        string full = path.Length == 0 ? root : Find(path);
        return Directory.Exists(full) ? Directory.EnumerateFileSystemEntries(full).Select(static each => Path.GetFileName(each)) : [];
    }

    public void Replace(string path, string newPath) => File.Move(Find(path), Find(newPath), overwrite: true);

    public bool TryRename(string path, string newPath)
    {
        (string from, string to) = (Find(path), Find(newPath));
        if (!OperatingSystem.IsWindows())
        {
            // A move of the runtime looks first and renames then; a link refuses by itself. Between the calls the file has both names.
            if (Link(from, to) == 0)
            {
                File.Delete(from);
                return true;
            }

            int error = Marshal.GetLastPInvokeError();
            return error == ErrorExists
                ? false
                : throw new IOException($"'{from}' cannot be named '{to}': {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
        }

        try
        {
            File.Move(from, to, overwrite: false);
            return true;
        }
        catch (IOException taken) when (taken.HResult is WindowsFileExists or WindowsAlreadyExists)
        {
            return false;
        }
    }

    public void Delete(string path) => File.Delete(Find(path));

    public void RemoveDirectory(string path)
    {
        string full = Find(path);
        if (Directory.Exists(full) && !Directory.EnumerateFileSystemEntries(full).Any())
        {
            Directory.Delete(full);
        }
    }

    public IReadOnlyList<string> ListFiles() =>
    [
        .. Directory.EnumerateFiles(
                root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Select(path => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/')),
    ];

    public void SyncDirectory(string path) => NativeSync.SyncDirectory(path.Length == 0 ? root : Find(path));

    public bool TrySyncAll() => false;

    public bool TryLockAlone() => false;

    public void LockShared()
    {
    }

    public void Dispose()
    {
    }

    private string Find(string path)
    {
        RootPath.Check(path);
        string full = root;
        foreach (string component in path.Split('/'))
        {
            full = Path.Combine(full, component);
            if (new FileInfo(full).LinkTarget is not null)
            {
                throw new IOException($"'{full}' is a link, and links are not followed.");
            }
        }

        return full;
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string existing, string added);
}
