using Aldis.Journal.Storage;
using Aldis.Protocols.Files.Names;

namespace Aldis.Services.Inbox;

/// <summary>
/// Removes unfinished files to which nothing was added for a while, and the notes of those that are not there any more. One that somebody
/// is
/// receiving, in whatever process, is locked and stays. Thread-safe.
/// </summary>
/// <param name="age">How long they are kept.</param>
/// <param name="time">The clock.</param>
internal sealed class PartSweep(TimeSpan age, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private long _last = time.GetTimestamp();

    /// <summary>Sweeps, where the last time was an hour ago.</summary>
    /// <param name="root">The directory of received files.</param>
    public void RunWhenDue(IStorageRoot root)
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_last) < Period)
            {
                return;
            }

            _last = time.GetTimestamp();
        }

        _ = Run(root);
    }

    /// <summary>Sweeps.</summary>
    /// <param name="root">The directory of received files.</param>
    /// <returns>How many unfinished files were removed.</returns>
    public int Run(IStorageRoot root)
    {
        long before = (time.GetUtcNow() - age - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        int removed = 0;
        foreach (string name in root.ListNames(PathRule.PartsDirectory))
        {
            string path = $"{PathRule.PartsDirectory}/{name}";
            try
            {
                removed += TryRemove(root, path, before) ? 1 : 0;
            }
            catch (IOException)
            {
                // It takes room and does no other harm.
            }
        }

        return removed;
    }

    private static bool TryRemove(IStorageRoot root, string path, long before)
    {
        if (root.GetStatus(path) is not { IsRegular: true } status || status.Written >= before)
        {
            return false;
        }

        if (Parts.PartOf(path) is { } noted)
        {
            // Without what it tells of, a note is of no use; with it, it goes when that goes.
            if (root.GetStatus(noted) is null)
            {
                root.Delete(path);
            }

            return false;
        }

        using IStorageFile? file = root.OpenFile(path, mayWrite: true);
        if (file is null || !file.TryLock() || !Parts.IsStillAt(root, path, file) || root.GetStatus(path)?.Written >= before)
        {
            return false;
        }

        root.Delete(path);
        root.Delete(Parts.LedgerOf(path));
        return true;
    }
}
