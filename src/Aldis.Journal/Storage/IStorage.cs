namespace Aldis.Journal.Storage;

/// <summary>
/// The file operations a store needs whose promise is that nothing acknowledged is lost, and no others. Failures are <see
/// cref="IOException"/>
/// (or <see cref="UnauthorizedAccessException"/>); tests put an implementation in its place that fails at any of these operations.
/// </summary>
internal interface IStorage
{
    /// <summary>Creates a directory and those above it, durable when the call returns; does nothing where it exists.</summary>
    /// <param name="directory">Path of the directory.</param>
    void CreateDirectory(string directory);

    /// <summary>As <see cref="CreateDirectory(string)"/>, for others too.</summary>
    /// <param name="directory">Path of the directory.</param>
    /// <param name="mode">Mode of each directory that is created; of no account on Windows.</param>
    void CreateDirectory(string directory, UnixFileMode mode);

    /// <summary>Opens a directory, for work below it that nobody can lead elsewhere.</summary>
    /// <param name="directory">Path of the directory; links in this path are followed.</param>
    /// <returns>The directory, or null where there is none.</returns>
    IStorageRoot? OpenRoot(string directory);

    /// <summary>
    /// The names (not paths) of the files in a directory, in no particular order; empty where there is no such directory.
    /// </summary>
    /// <param name="directory">Path of the directory.</param>
    IReadOnlyList<string> ListFiles(string directory);

    /// <summary>Whether there is a file of this path, as far as it can be told.</summary>
    /// <param name="path">Path of the file.</param>
    bool FileExists(string path);

    /// <summary>Opens a file for reading and writing; it is created empty where it does not exist.</summary>
    /// <param name="path">Path of the file.</param>
    IStorageFile OpenWrite(string path);

    /// <summary>Opens a file for reading, while others may write, rename or delete it.</summary>
    /// <param name="path">Path of the file.</param>
    /// <returns>The file, or null where there is none.</returns>
    IStorageFile? OpenRead(string path);

    /// <summary>Looks whether somebody else has deleted, replaced, moved or cut a file that is being written.</summary>
    /// <param name="path">The path it was opened by, or was given.</param>
    /// <param name="file">The file, open.</param>
    /// <param name="length">Bytes that it has at least, if nobody cut it.</param>
    /// <returns>What became of it, as the end of a sentence whose beginning names it, without a full stop; null where nothing did, and
    /// where the system does not tell.</returns>
    string? FindChange(string path, IStorageFile file, long length);

    /// <summary>
    /// Renames a file within its directory; a file of the new name is replaced. Durable after <see cref="SyncDirectory"/>.
    /// </summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="newPath">Its new path.</param>
    void Rename(string path, string newPath);

    /// <summary>Deletes a file. Durable after <see cref="SyncDirectory"/>.</summary>
    /// <param name="path">Path of the file.</param>
    void Delete(string path);

    /// <summary>Makes births, renames and deletions in a directory durable.</summary>
    /// <param name="directory">Path of the directory.</param>
    void SyncDirectory(string directory);

    /// <summary>Bytes that this process may still write to the file system that holds a directory.</summary>
    /// <param name="directory">Path of the directory.</param>
    long GetFreeBytes(string directory);

    /// <summary>Takes an exclusive lock that ends with the process at the latest.</summary>
    /// <param name="path">Path of the lock file, created where it does not exist and never deleted.</param>
    /// <returns>The lock, released by disposing it; null if another holder has it.</returns>
    IDisposable? TryLock(string path);
}
