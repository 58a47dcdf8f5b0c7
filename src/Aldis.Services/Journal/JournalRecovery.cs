using Aldis.Services.Storage;

namespace Aldis.Services.Journal;

/// <summary>What happens to the files before a journal takes anything, <c>docs/protocols/journal.md</c> section 6.</summary>
internal static class JournalRecovery
{
    /// <summary>Removes unborn segments and reads the journal.</summary>
    /// <exception cref="JournalCorruptException">There is damage, and repair was not asked for.</exception>
    public static (JournalScan Scan, RecoveryReport Report) Run(JournalOptions options, IStorage storage)
    {
        foreach (string name in storage.ListFiles(options.Directory))
        {
            if (SegmentName.IsUnborn(name))
            {
                storage.Delete(Path.Combine(options.Directory, name));
            }
        }

        JournalScan scan = Scan(options, storage);
        if (scan.Damage is not null)
        {
            throw new JournalCorruptException(options.Directory, scan.Damage);
        }

        return (scan, new RecoveryReport
        {
            Segments = scan.Segments.Count,
            Messages = scan.Messages,
            Clients = scan.Clients.Count,
            LastCommit = scan.NextCommit - 1,
            TornBytes = scan.TornBytes,
            Repaired = [],
            Lost = [],
        });
    }

    private static JournalScan Scan(JournalOptions options, IStorage storage)
    {
        var scan = new JournalScan(storage, options.Directory, options.Window);
        scan.Run();
        return scan;
    }
}
