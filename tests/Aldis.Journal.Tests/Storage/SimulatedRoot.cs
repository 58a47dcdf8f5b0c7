using Aldis.Journal.Storage;

namespace Aldis.Journal.Tests.Storage;

/// <summary>The one directory of a <see cref="SimulatedStorage"/>, opened.</summary>
internal sealed class SimulatedRoot(SimulatedStorage storage) : IStorageRoot
{
    public void CreateDirectory(string path, UnixFileMode mode)
    {
    }

    public IStorageFile CreateFile(string path, UnixFileMode mode) =>
        storage.FileExists(path) ? throw new IOException($"'{path}' exists.") : storage.OpenWrite(path);

    public bool TryRename(string path, string newPath)
    {
        storage.NamesAskedFor++;
        if (!storage.ReplacesOnRename && storage.FileExists(newPath))
        {
            return false;
        }

        storage.Rename(path, newPath);
        return true;
    }

    public void Delete(string path)
    {
        if (storage.FileExists(path))
        {
            storage.Delete(path);
        }
    }

    public IReadOnlyList<string> ListFiles() => storage.ListFiles(string.Empty);

    public void SyncDirectory(string path) => storage.SyncOpenDirectory();

    public bool TryLockAlone() => storage.RootLocks.Count == 0 && storage.RootLocks.Add(this);

    public void LockShared() => storage.RootLocks.Add(this);

    public void Dispose() => storage.RootLocks.Remove(this);
}
