namespace Aldis.Journal.Storage;

/// <summary>
/// The file system of this machine. What is created is the user's own: files have mode 0600, directories 0700, or what the umask leaves of
/// that. What exists keeps its mode.
/// </summary>
internal sealed class FileStorage : IStorage
{
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnDirectory = OwnFile | UnixFileMode.UserExecute;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private FileStorage()
    {
    }

    /// <summary>The one instance; it has no state.</summary>
    public static FileStorage Instance { get; } = new();

    /// <inheritdoc/>
    public void CreateDirectory(string directory) => CreateDirectory(directory, OwnDirectory);

    /// <inheritdoc/>
    public void CreateDirectory(string directory, UnixFileMode mode)
    {
        string full = Path.GetFullPath(directory);
        if (Directory.Exists(full))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(full);
        if (parent is not null)
        {
            CreateDirectory(parent, mode);
        }

        _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(full) : Directory.CreateDirectory(full, mode);
        if (parent is not null)
        {
            SyncDirectory(parent);
        }
    }

    /// <inheritdoc/>
    public IStorageRoot? OpenRoot(string directory) => OperatingSystem.IsLinux()
        ? LinuxRoot.Open(directory)
        : Directory.Exists(directory) ? new ManagedRoot(Path.GetFullPath(directory)) : null;

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public IStorageFile OpenWrite(string path) =>
        new SystemFile(Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    /// <inheritdoc/>
    public IStorageFile? OpenRead(string path)
    {
        try
        {
            return new SystemFile(Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public string? FindChange(string path, IStorageFile file, long length) =>
        file is SystemFile { Status: { } opened } ? FileChange.Describe(opened, FileStatus.Of(path), length) : null;

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public void Rename(string path, string newPath) => File.Move(path, newPath, overwrite: true);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void SyncDirectory(string directory) => NativeSync.SyncDirectory(directory);

    /// <inheritdoc/>
    public long GetFreeBytes(string directory) => new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace;

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        // For FileShare.None the runtime takes flock(LOCK_EX | LOCK_NB), and the result of a lock held by another is its errno, or the
        // sharing violation of Windows. Every other failure is one.
        try
        {
            return Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException held) when (held.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharingViolation)
        {
            return null;
        }
    }

    /// <summary>Opens a file without a buffer; one that is created is nobody else's to read.</summary>
    private static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (mode != FileMode.Open && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnFile;
        }

        return new FileStream(path, options);
    }
}
