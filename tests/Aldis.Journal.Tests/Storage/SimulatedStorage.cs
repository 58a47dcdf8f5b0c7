using Aldis.Journal.Storage;

namespace Aldis.Journal.Tests.Storage;

/// <summary>
/// Files in memory that fail as disks do: short writes, EIO, ENOSPC, a crash at any operation, and the loss, at a crash, of whatever was not
/// synced. One directory; its changes become durable in their order.
/// </summary>
internal sealed partial class SimulatedStorage : IStorage
{
    private const int TooManyOpenFiles = 24;
    private const int FileMode = 0x8000;
    private const int DirectoryMode = 0x4000;
    private const int LinkMode = 0xa000;

    private readonly List<(string Name, SimulatedFile? File)> _unsynced = [];
    private Dictionary<string, SimulatedFile> _durable = [];
    private Dictionary<string, SimulatedFile> _files = [];
    private readonly List<SimulatedFile> _nameless = [];
    private int _operations;
    private bool _isLocked;

    /// <summary>Number of the operation that fails; the first is 0. Negative: none.</summary>
    public int FaultAt { get; set; } = -1;

    public FaultKind Fault { get; set; }

    /// <summary>A disk that lies, or a journal that does not sync: the harness must notice.</summary>
    public bool IgnoresSync { get; set; }

    /// <summary>Names of files whose syncs do nothing: what says that they are durable is wrong, and the harness must notice.</summary>
    public Func<string, bool> IgnoresSyncOf { get; set; } = static _ => false;

    /// <summary>Whether the sync of a file with this name, asked once for each, fails and loses what was not on the disk.</summary>
    public Func<string, bool> FailsSyncOf { get; set; } = static _ => false;

    /// <summary>How many bytes of a write that fails are written; not more than the write has.</summary>
    public int ShortWriteBytes { get; set; }

    public long FreeBytes { get; set; } = long.MaxValue;

    /// <summary>Bytes that all files together may have; a write that needs more fails behind what fits.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Whether somebody else has every file open: one that is deleted keeps its bytes until it is cut.</summary>
    public bool IsOpenElsewhere { get; set; }

    /// <summary>A process that has no descriptor left: what has to be opened fails, what is open goes on.</summary>
    public bool HasNoDescriptors { get; set; }

    /// <summary>A file system on which a file cannot be cut: the harness must notice.</summary>
    public bool IgnoresCuts { get; set; }

    /// <summary>A file system that replaces what it was asked not to: the harness must notice.</summary>
    public bool ReplacesOnRename { get; set; }

    /// <summary>A journal that does not look at its files: the tests must notice.</summary>
    public bool SeesNoChange { get; set; }

    /// <summary>What stands where the files were, after someone has deleted them.</summary>
    public bool HasVanished { get; set; }

    public int Syncs { get; private set; }

    public int Writes { get; private set; }

    public int DirectorySyncs { get; private set; }

    /// <summary>How many times a file was to be renamed, to a name that was free or taken.</summary>
    public int NamesAskedFor { get; set; }

    /// <summary>Whether everything can be synced at once.</summary>
    public bool CanSyncAll { get; set; }

    /// <summary>Whether that fails: what was unwritten is lost, and each file tells of its own.</summary>
    public bool FailsSyncOfAll { get; set; }

    /// <summary>Names this run of the system; zero where it does not tell.</summary>
    public UInt128 SystemRun { get; set; }

    /// <summary>A system that names all its runs the same: the harness must notice.</summary>
    public bool IsOneRunForEver { get; set; }

    /// <summary>Whether what is to go past the cache does.</summary>
    public bool WritesDirectly { get; set; }

    /// <summary>How many times everything was synced at once.</summary>
    public int SyncsOfAll { get; private set; }

    /// <summary>Number of operations so far that change something.</summary>
    public int Operations => _operations;

    /// <summary>Openings of the directory as a root that hold its lock.</summary>
    public HashSet<SimulatedRoot> RootLocks { get; } = [];

    public bool HasCrashed { get; private set; }

    /// <summary>The files, by their paths below the directory.</summary>
    public IEnumerable<string> Names => FilesOnly.Select(pair => pair.Key).Order(StringComparer.Ordinal);

    public SimulatedFile this[string name] => _files[name];

    /// <summary>A copy of all files, for a test that goes on with it in several ways.</summary>
    public Dictionary<string, byte[]> Snapshot() => FilesOnly.ToDictionary(pair => pair.Key, pair => pair.Value.Bytes.ToArray());

    /// <summary>A disk with these files.</summary>
    public static SimulatedStorage With(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        SimulatedStorage storage = new();
        foreach ((string name, byte[] bytes) in files)
        {
            using IStorageFile file = storage.OpenWrite(name);
            file.Write(0, bytes);
            file.Sync();
        }

        storage.SyncDirectory(string.Empty);
        return storage;
    }

    /// <summary>Lets an operation fail.</summary>
    /// <param name="operations">How many succeed before it.</param>
    public void FailNext(int operations) => FaultAt = _operations + operations;

    /// <summary>The machine as it starts again.</summary>
    /// <param name="random">Decides what of the unsynced is there.</param>
    /// <param name="powerLost">False: only the process ended, the cache lives on.</param>
    public SimulatedStorage Restart(Random random, bool powerLost)
    {
        foreach (SimulatedFile file in _files.Values)
        {
            file.LockedBy = null;
        }

        if (!powerLost)
        {
            SimulatedStorage same = Same(_files, _durable);
            same.SystemRun = SystemRun;
            same._unsynced.AddRange(_unsynced);
            return same;
        }

        bool losesAll = random.Next(4) == 0;
        var names = new Dictionary<string, SimulatedFile>(_durable);
        foreach ((string name, SimulatedFile? file) in _unsynced.Take(losesAll ? 0 : random.Next(_unsynced.Count + 1)))
        {
            Apply(names, name, file);
        }

        // What is in a directory that is not there is not there either.
        string[] lost = [.. names.Keys.Where(name => Above(name).Any(above => !names.ContainsKey(above)))];
        Array.ForEach(lost, name => names.Remove(name));
        Dictionary<string, SimulatedFile> files = names.ToDictionary(pair => pair.Key, pair => pair.Value.LosePower(random, losesAll));
        SimulatedStorage next = Same(files, new(files));
        next.SystemRun = SystemRun == UInt128.Zero || IsOneRunForEver ? SystemRun : SystemRun + 1;
        return next;
    }

    public void CreateDirectory(string directory)
    {
    }

    public void CreateDirectory(string directory, UnixFileMode mode)
    {
    }

    public IStorageRoot? OpenRoot(string directory) => new SimulatedRoot(this);

    public IReadOnlyList<string> ListFiles(string directory) => [.. FilesOnly.Select(pair => pair.Key)];

    public bool FileExists(string path) => !HasVanished && _files.ContainsKey(Path.GetFileName(path));

    public IStorageFile OpenWrite(string path) => OpenOrCreate(Path.GetFileName(path));

    /// <summary>What has a path below the directory; null where nothing has.</summary>
    public SimulatedFile? Find(string path) => _files.GetValueOrDefault(path);

    /// <summary>The paths of everything below a directory that is one of its own names.</summary>
    public IEnumerable<string> NamesIn(string directory) => [.. _files.Keys.Where(path => DirectoryOf(path) == directory)];

    /// <summary>Opens a file by its path below the directory.</summary>
    public IStorageFile Open(SimulatedFile file)
    {
        TakeDescriptor();
        return new OpenFile(this, file);
    }

    /// <summary>Creates a file by its path below the directory, where nothing has it.</summary>
    public IStorageFile OpenOrCreate(string name)
    {
        TakeDescriptor();
        Operate();
        if (!_files.TryGetValue(name, out SimulatedFile? file))
        {
            file = new SimulatedFile();
            Change(name, file);
        }

        return new OpenFile(this, file);
    }

    public IStorageFile? OpenRead(string path)
    {
        TakeDescriptor();
        return _files.TryGetValue(Path.GetFileName(path), out SimulatedFile? file) ? new OpenFile(this, file) : null;
    }

    public string? FindChange(string path, IStorageFile file, long length)
    {
        // The path begins with the directory's own name.
        SimulatedFile opened = ((OpenFile)file).File;
        string below = path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..];
        return SeesNoChange ? null
            : HasVanished || !_files.TryGetValue(below, out SimulatedFile? named) ? "is not there any more"
            : named != opened ? "is another file now"
            : named.Length < length ? "was cut"
            : null;
    }

    /// <summary>What somebody else does to a file: takes its name away, gives it to another, or cuts it.</summary>
    /// <param name="name">The file.</param>
    /// <param name="harm">What is done.</param>
    public void Harm(string name, FileHarm harm)
    {
        switch (harm)
        {
            case FileHarm.Deleted:
                Change(name, null);
                break;
            case FileHarm.Replaced:
                var copy = new SimulatedFile();
                copy.Write(0, _files[name].Bytes);
                Change(name, copy);
                break;
            default:
                _files[name].SetLength(_files[name].Length - 1);
                break;
        }
    }

    public void Rename(string path, string newPath) => RenameBelow(Path.GetFileName(path), Path.GetFileName(newPath));

    public void Delete(string path) => DeleteBelow(Path.GetFileName(path));

    /// <summary>As <see cref="Rename"/>, by paths below the directory.</summary>
    public void RenameBelow(string path, string newPath)
    {
        Operate();
        SimulatedFile file = _files[path];

        // A rename is one change: the old name must not be gone without the new one being there.
        Change(newPath, file);
        Change(path, null);
    }

    /// <summary>As <see cref="Delete"/>, by a path below the directory.</summary>
    public void DeleteBelow(string path)
    {
        Operate();
        if (IsOpenElsewhere && _files.TryGetValue(path, out SimulatedFile? file))
        {
            _nameless.Add(file);
        }

        Change(path, null);
    }

    /// <summary>Gives a name to something new.</summary>
    public void Create(string path, SimulatedFile file)
    {
        Operate();
        Change(path, file);
    }

    /// <summary>Makes the content of all files durable, and no name.</summary>
    public bool TrySyncAll()
    {
        if (!CanSyncAll)
        {
            return false;
        }

        SyncsOfAll++;
        bool isFaulty = IsFaulty() || FailsSyncOfAll;
        foreach (SimulatedFile file in _files.Values.Distinct())
        {
            if (isFaulty)
            {
                file.FailSync();
            }
            else if (!IgnoresSync)
            {
                file.Sync();
            }
        }

        return isFaulty ? throw new IOException("Input/output error.") : true;
    }

    public void SyncDirectory(string directory)
    {
        TakeDescriptor();
        SyncOpenDirectory(string.Empty);
    }

    /// <summary>As <see cref="SyncDirectory"/>, of a directory that is open: of one, and of none above or below it.</summary>
    public void SyncOpenDirectory(string directory)
    {
        DirectorySyncs++;
        Operate();
        if (!IgnoresSync)
        {
            foreach ((string name, SimulatedFile? file) in _unsynced.Where(change => DirectoryOf(change.Name) == directory))
            {
                Apply(_durable, name, file);
            }

            _ = _unsynced.RemoveAll(change => DirectoryOf(change.Name) == directory);
        }
    }

    public long GetFreeBytes(string directory) => HasVanished ? throw new DriveNotFoundException() : FreeBytes;

    public IDisposable? TryLock(string path)
    {
        if (_isLocked)
        {
            return null;
        }

        _isLocked = true;
        return new Lock(this);
    }

    private SimulatedStorage Same(Dictionary<string, SimulatedFile> files, Dictionary<string, SimulatedFile> durable) => new()
    {
        _files = files,
        _durable = durable,
        IgnoresSync = IgnoresSync,
        IgnoresCuts = IgnoresCuts,
        ReplacesOnRename = ReplacesOnRename,
        CapacityBytes = CapacityBytes,
        CanSyncAll = CanSyncAll,
        WritesDirectly = WritesDirectly,
        IsOneRunForEver = IsOneRunForEver,
    };

    private IEnumerable<KeyValuePair<string, SimulatedFile>> FilesOnly => _files.Where(pair => !pair.Value.IsDirectory);

    private static string DirectoryOf(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : string.Empty;

    private static IEnumerable<string> Above(string path)
    {
        for (string above = DirectoryOf(path); above.Length > 0; above = DirectoryOf(above))
        {
            yield return above;
        }
    }

    /// <summary>What the system would say of a file.</summary>
    public FileStatus StatusOf(SimulatedFile file) => new(
        0, file.Inode, !file.IsDirectory && file.Target is null, file.Length, 1, file.Modified)
    {
        Mode = file.IsDirectory ? DirectoryMode : file.Target is null ? FileMode : LinkMode,
    };

    private static void Apply(Dictionary<string, SimulatedFile> names, string name, SimulatedFile? file)
    {
        if (file is null)
        {
            _ = names.Remove(name);
        }
        else
        {
            names[name] = file;
        }
    }

    private void Change(string name, SimulatedFile? file)
    {
        _unsynced.Add((name, file));
        Apply(_files, name, file);
    }

    /// <summary>Counts an operation that changes something.</summary>
    /// <returns>Whether it is the one that fails.</returns>
    private bool IsFaulty()
    {
        if (HasCrashed)
        {
            throw new IOException("The machine is off.");
        }

        bool faulty = _operations++ == FaultAt;
        HasCrashed = faulty && Fault == FaultKind.Crash;
        return faulty;
    }

    private void TakeDescriptor()
    {
        if (HasNoDescriptors)
        {
            throw new IOException("Too many open files.", TooManyOpenFiles);
        }
    }

    private void Operate()
    {
        if (IsFaulty())
        {
            throw new IOException("Input/output error.");
        }
    }

    private sealed class Lock(SimulatedStorage storage) : IDisposable
    {
        public void Dispose() => storage._isLocked = false;
    }
}
