namespace Aldis.Journal.Storage;

/// <summary>
/// A directory that was opened, and what is below it. Paths are relative to it, their components parted by '/'; nothing outside it is
/// reached, whatever symbolic link somebody planted below it. Failures are <see cref="IOException"/> (or <see cref="UnauthorizedAccessException"/>).
/// It is the directory that was opened even after another took its name; its lock ends with it. Thread-safe.
/// </summary>
internal interface IStorageRoot : IDisposable
{
    /// <summary>
    /// Names what outlives a process and no power cut: this run of the system, and the file system as it is mounted in it. What a process has
    /// written, who is killed, is there for whoever finds the same name again. Zero where the system does not tell.
    /// </summary>
    UInt128 SystemRun { get; }

    /// <summary>Creates a directory; does nothing where it exists. Durable after <see cref="SyncDirectory"/> of the one above.</summary>
    /// <param name="path">Path of the directory, whose parent exists.</param>
    /// <param name="mode">Its mode, of which the umask may take something; of no account on Windows.</param>
    void CreateDirectory(string path, UnixFileMode mode);

    /// <summary>Says when a directory was last changed: that is lost with the next change in it.</summary>
    /// <param name="path">Path of the directory.</param>
    /// <param name="nanoseconds">Nanoseconds since 1970, not negative.</param>
    /// <exception cref="DirectoryNotFoundException">Nothing has the name, or something else has.</exception>
    void SetDirectoryModified(string path, long nanoseconds);

    /// <summary>Creates a file for writing. What exists is never opened. Durable after <see cref="SyncDirectory"/>.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="mode">Its mode, of which the umask may take something; of no account on Windows.</param>
    /// <returns>The file, empty.</returns>
    /// <exception cref="DirectoryNotFoundException">The directory is not there, or not any more.</exception>
    /// <exception cref="IOException">Something has this name, or the disk failed.</exception>
    IStorageFile CreateFile(string path, UnixFileMode mode);

    /// <summary>Opens a file that is there. Nothing else than a file is opened, and no link is followed.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="mayWrite">Whether it is opened for writing too.</param>
    /// <returns>The file; null where nothing has the name.</returns>
    /// <exception cref="IOException">It is no file, or cannot be opened.</exception>
    IStorageFile? OpenFile(string path, bool mayWrite);

    /// <summary>Creates a symbolic link. Durable after <see cref="SyncDirectory"/>.</summary>
    /// <param name="path">Path of the link.</param>
    /// <param name="target">What it points to, relative to where it is; not looked at.</param>
    /// <returns>False where something has this name; then nothing was changed.</returns>
    bool TryCreateLink(string path, string target);

    /// <summary>What a link points to; null where the path is none.</summary>
    /// <param name="path">Path of the link.</param>
    string? ReadLink(string path);

    /// <summary>What the system says of what has a name, of a link itself.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Null where nothing has it.</returns>
    /// <exception cref="IOException">The way to it leads through something that is no directory.</exception>
    FileStatus? GetStatus(string path);

    /// <summary>The names in a directory, of whatever kind; none where there is no such directory.</summary>
    /// <param name="path">Path of the directory; empty for the root itself.</param>
    IEnumerable<string> ListNames(string path);

    /// <summary>
    /// Gives a file another name in one step, in place of the file that has it. Durable after <see cref="SyncDirectory"/>.
    /// </summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="newPath">Its new path.</param>
    void Replace(string path, string newPath);

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

    /// <summary>Removes a directory where it is empty; does nothing where it is not, or is not there.</summary>
    /// <param name="path">Path of the directory.</param>
    void RemoveDirectory(string path);

    /// <summary>
    /// The paths of all files, those in directories below too, in no particular order. Links are neither listed nor followed.
    /// </summary>
    IReadOnlyList<string> ListFiles();

    /// <summary>Makes births, renames and deletions in a directory durable.</summary>
    /// <param name="path">Path of the directory; empty for the root itself.</param>
    /// <exception cref="DirectoryNotFoundException">Somebody took it away, or put something else in its place: that says nothing of the
    /// disk, as other failures do.</exception>
    void SyncDirectory(string path);

    /// <summary>
    /// Makes everything durable that was written to the file system of the root, names excepted. After it has thrown, what a file's own
    /// <see cref="IStorageFile.Sync"/> says still holds, and what this says does not any more.
    /// </summary>
    /// <returns>False where the system cannot, or would not say that it failed; then nothing was done.</returns>
    bool TrySyncAll();

    /// <summary>Locks the root for this opening alone, without waiting.</summary>
    /// <returns>False where another opening holds a lock, or the file system knows none.</returns>
    bool TryLockAlone();

    /// <summary>
    /// Locks the root together with all others who do so, in place of the lock this opening had; waits for one that is there alone.
    /// Does nothing where the file system knows no locks: there nobody is ever alone.
    /// </summary>
    void LockShared();
}
