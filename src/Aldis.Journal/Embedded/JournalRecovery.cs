using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>What happens to the files before a journal takes anything, <c>docs/protocols/journal.md</c> section 6.</summary>
internal static class JournalRecovery
{
    /// <summary>Removes unborn segments and reads the journal.</summary>
    /// <exception cref="JournalCorruptException">There is damage, and repair was not asked for.</exception>
    /// <exception cref="JournalVersionException">A segment is of another version.</exception>
    public static (JournalScan Scan, RecoveryReport Report) Run(JournalOptions options, IStorage storage)
    {
        long began = options.TimeProvider.GetTimestamp();
        JournalScan scan = Scan(options, storage, began, observer: null);
        IReadOnlyList<JournalDamage>? repaired = [];
        IReadOnlyList<LostRange> lost = [];
        if (scan.Damage is { } damage)
        {
            repaired = options.Repair ? new JournalRepair(storage, options.Directory, options.Window).Run() : null;
            var check = new SequenceCheck();
            scan = repaired is null ? scan : Scan(options, storage, began, check);
            if (repaired is null || scan.Damage is not null)
            {
                throw new JournalCorruptException(options.Directory, damage);
            }

            check.Finish();
            lost = check.Lost;
        }

        foreach (string name in storage.ListFiles(options.Directory))
        {
            if (SegmentName.IsUnborn(name))
            {
                storage.Delete(Path.Combine(options.Directory, name));
            }
        }

        return (scan, new RecoveryReport
        {
            Segments = scan.Segments.Count,
            BytesChecked = scan.BytesRead,
            Elapsed = options.TimeProvider.GetElapsedTime(began),
            Messages = scan.Messages,
            Clients = scan.Clients.Count,
            LastCommit = scan.NextCommit - 1,
            TornBytes = scan.TornBytes,
            Repaired = repaired,
            Lost = lost,
        });
    }

    private static JournalScan Scan(JournalOptions options, IStorage storage, long began, SequenceCheck? observer)
    {
        Action<JournalScan, int>? progress = options.Progress is not { } tell ? null : (scan, segments) => tell(new RecoveryProgress(
            scan.Segments.Count, segments, scan.BytesRead, scan.Messages, options.TimeProvider.GetElapsedTime(began)));
        var scan = new JournalScan(storage, options.Directory, options.Window, observer, progress);
        scan.Run();
        return scan;
    }
}
