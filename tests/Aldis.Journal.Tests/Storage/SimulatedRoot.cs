using Aldis.Journal.Storage;

namespace Aldis.Journal.Tests.Storage;

/// <summary>The directory of a <see cref="SimulatedStorage"/>, opened, with directories below it.</summary>
internal sealed class SimulatedRoot(SimulatedStorage storage) : IStorageRoot
{
    public UInt128 SystemRun => storage.SystemRun;

    public void CreateDirectory(string path, UnixFileMode mode)
    {
        EnsureDirectoryOf(path);
        switch (storage.Find(path))
        {
            case null:
                storage.Create(path, new SimulatedFile { IsDirectory = true });
                break;
            case { IsDirectory: false }:
                throw new IOException($"'{path}' is no directory.");
        }
    }

    public void SetDirectoryModified(string path, long nanoseconds) => storage[path].Modified = nanoseconds;

    public IStorageFile CreateFile(string path, UnixFileMode mode)
    {
        EnsureDirectoryOf(path);
        return storage.Find(path) is not null ? throw new IOException($"'{path}' exists.") : storage.OpenOrCreate(path);
    }

    public IStorageFile? OpenFile(string path, bool mayWrite) => storage.Find(path) switch
    {
        null => null,
        { IsDirectory: false, Target: null } file => storage.Open(file),
        _ => throw new IOException($"'{path}' is no file."),
    };

    public bool TryCreateLink(string path, string target)
    {
        EnsureDirectoryOf(path);
        if (storage.Find(path) is not null)
        {
            return false;
        }

        storage.Create(path, new SimulatedFile { Target = target });
        return true;
    }

    public string? ReadLink(string path) => storage.Find(path)?.Target;

    public FileStatus? GetStatus(string path) => storage.Find(path) is { } file ? storage.StatusOf(file) : null;

    public IEnumerable<string> ListNames(string path) => storage.NamesIn(path).Select(name => name[(name.LastIndexOf('/') + 1)..]);

    public void Replace(string path, string newPath) => storage.RenameBelow(path, newPath);

    public bool TryRename(string path, string newPath)
    {
        EnsureDirectoryOf(newPath);
        storage.NamesAskedFor++;
        if (!storage.ReplacesOnRename && storage.Find(newPath) is not null)
        {
            return false;
        }

        storage.RenameBelow(path, newPath);
        return true;
    }

    public void Delete(string path)
    {
        if (storage.Find(path) is not null)
        {
            storage.DeleteBelow(path);
        }
    }

    public void RemoveDirectory(string path)
    {
        if (storage.Find(path) is { IsDirectory: true } && !storage.NamesIn(path).Any())
        {
            storage.DeleteBelow(path);
        }
    }

    public IReadOnlyList<string> ListFiles() => storage.ListFiles(string.Empty);

    public void SyncDirectory(string path)
    {
        EnsureDirectoryOf($"{path}/");
        storage.SyncOpenDirectory(path);
    }

    public bool TrySyncAll() => storage.TrySyncAll();

    public bool TryLockAlone() => storage.RootLocks.Count == 0 && storage.RootLocks.Add(this);

    public void LockShared() => storage.RootLocks.Add(this);

    public void Dispose() => storage.RootLocks.Remove(this);

    private void EnsureDirectoryOf(string path)
    {
        int slash = path.LastIndexOf('/');
        if (slash > 0 && storage.Find(path[..slash]) is not { IsDirectory: true })
        {
            throw new DirectoryNotFoundException($"The directory of '{path}' is not there.");
        }
    }
}
