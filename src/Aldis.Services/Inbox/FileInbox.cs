using System.Globalization;
using Aldis.Journal.Storage;

namespace Aldis.Services.Inbox;

/// <summary>
/// Received files. A file is written under a name that ends in <c>.part</c>, then made durable, then renamed, so that a name without
/// <c>.part</c> always names a whole file. Nothing is ever overwritten: a name that is taken gets a number. Thread-safe.
/// </summary>
public sealed class FileInbox
{
    private readonly InboxOptions _options;
    private readonly Lock _naming = new();
    private readonly Dictionary<string, int> _lastNumbers = new(StringComparer.Ordinal);
    private readonly string _partTag = Guid.NewGuid().ToString("N")[..8];
    private long _parts;

    /// <summary>Creates an inbox; nothing is touched on disk yet.</summary>
    /// <param name="options">Where it is.</param>
    public FileInbox(InboxOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>The directory of received files.</summary>
    public string Directory => _options.Directory;

    /// <summary>Begins a file. Disk work is done on the thread pool, because a connection's own thread must not wait for a disk.</summary>
    /// <param name="name">The name it should get: one path component that this side chose.</param>
    /// <returns>The file to write to; disposing it before it is complete leaves no trace.</returns>
    /// <exception cref="IOException">It cannot be created; <see cref="InboxRefusedException"/> where the disk is too full.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory is not writable.</exception>
    public Task<IncomingFile> BeginAsync(string name) => Task.Run(() => Begin(name));

    /// <summary>Throws where the free space of the disk is below the floor.</summary>
    internal void EnsureFreeSpace()
    {
        long free = FileStorage.Instance.GetFreeBytes(_options.Directory);
        if (free < _options.FreeSpaceFloor)
        {
            throw new InboxRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"the disk of '{_options.Directory}' has {free >> 20} MiB free, and {_options.FreeSpaceFloor >> 20} MiB are kept free"));
        }
    }

    /// <summary>Gives a complete file its final name.</summary>
    /// <param name="part">The file as it was written, durable already.</param>
    /// <param name="name">The name it should get.</param>
    /// <returns>The name it got.</returns>
    internal string Publish(string part, string name)
    {
        // File.Move checks and renames in two steps; the lock makes them one among the connections of this server.
        lock (_naming)
        {
            // The bare name first, then on from the last number given: the thousandth file does not look at a thousand names.
            for (int number = 1; ; number = Math.Max(number, _lastNumbers.GetValueOrDefault(name)) + 1)
            {
                string candidate = number == 1 ? name : Numbered(name, number);
                string path = Path.Combine(_options.Directory, candidate);
                if (!Path.Exists(path))
                {
                    File.Move(part, path, overwrite: false);
                    _lastNumbers[name] = Math.Max(number, _lastNumbers.GetValueOrDefault(name));
                    FileStorage.Instance.SyncDirectory(_options.Directory);
                    return candidate;
                }
            }
        }
    }

    private IncomingFile Begin(string name)
    {
        FileStorage.Instance.CreateDirectory(_options.Directory, _options.DirectoryMode);
        EnsureFreeSpace();
        string part = Path.Combine(
            _options.Directory,
            string.Create(CultureInfo.InvariantCulture, $"{name}.{_partTag}-{Interlocked.Increment(ref _parts)}.part"));
        return new IncomingFile(this, name, part, _options.FileMode);
    }

    private static string Numbered(string name, int number) => string.Create(
        CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(name)}-{number}{Path.GetExtension(name)}");
}
