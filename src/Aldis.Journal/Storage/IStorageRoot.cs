namespace Aldis.Journal.Storage;

/// <summary>
/// A directory that was opened, and what is below it. Paths are relative to it, their components parted by '/'; nothing outside it is
/// reached, whatever symbolic link somebody planted below it. Failures are <see cref="IOException"/> (or <see cref="UnauthorizedAccessException"/>).
/// It is the directory that was opened even after another took its name; its lock ends with it. Thread-safe.
/// </summary>
internal interface IStorageRoot : IDisposable
{
    /// <summary>Creates a directory; does nothing where it exists. Durable after <see cref="SyncDirectory"/> of the one above.</summary>
    /// <param name="path">Path of the directory, whose parent exists.</param>
    /// <param name="mode">Its mode, of which the umask may take something; of no account on Windows.</param>
    void CreateDirectory(string path, UnixFileMode mode);

    /// <summary>Creates a file for writing. What exists is never opened. Durable after <see cref="SyncDirectory"/>.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="mode">Its mode, of which the umask may take something; of no account on Windows.</param>
    /// <returns>The file, empty.</returns>
    /// <exception cref="DirectoryNotFoundException">The directory is not there, or not any more.</exception>
    /// <exception cref="IOException">Something has this name, or the disk failed.</exception>
    IStorageFile CreateFile(string path, UnixFileMode mode);

    /// <summary>Gives a file another name, in one step that never replaces anything. Durable after <see cref="SyncDirectory"/>.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="newPath">Its new path.</param>
    /// <returns>False where something has the new name already; then nothing was changed.</returns>
    bool TryRename(string path, string newPath);

    /// <summary>
    /// Deletes a file, or the link of that name; does nothing where there is none. Durable after <see cref="SyncDirectory"/>.
    /// </summary>
    /// <param name="path">Path of the file.</param>
    void Delete(string path);

    /// <summary>
    /// The paths of all files, those in directories below too, in no particular order. Links are neither listed nor followed.
    /// </summary>
    IReadOnlyList<string> ListFiles();

    /// <summary>Makes births, renames and deletions in a directory durable.</summary>
    /// <param name="path">Path of the directory; empty for the root itself.</param>
    void SyncDirectory(string path);

    /// <summary>Locks the root for this opening alone, without waiting.</summary>
    /// <returns>False where another opening holds a lock, or the file system knows none.</returns>
    bool TryLockAlone();

    /// <summary>
    /// Locks the root together with all others who do so, in place of the lock this opening had; waits for one that is there alone.
    /// Does nothing where the file system knows no locks: there nobody is ever alone.
    /// </summary>
    void LockShared();
}
