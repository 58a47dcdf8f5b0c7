namespace Aldis.Journal.Embedded;

/// <summary>
/// How far the commits of a journal go, record by record; the order of <c>docs/protocols/journal.md</c> section 4 and, after a loss,
/// section 7.
/// </summary>
internal struct CommitCursor
{
    private bool _afterLoss;

    private CommitCursor(long last)
    {
        Last = last;
    }

    /// <summary>Commit number of the last record; that before the first commit where there was none.</summary>
    public long Last { get; private set; }

    /// <summary>Whether the last record ended its commit.</summary>
    public bool Ended { get; private set; }

    /// <summary>The commit which is incomplete, or comes next.</summary>
    public readonly long Next => Ended ? Last + 1 : Last;

    /// <summary>A cursor that expects <paramref name="commit"/> next.</summary>
    public static CommitCursor Before(long commit) => new(commit - 1) { Ended = true };

    /// <summary>Goes past a record.</summary>
    /// <returns>False if the record does not follow; the cursor then stays.</returns>
    public bool TryAdvance(in RecordHeader record)
    {
        bool follows = record.Commit == Next
            || (_afterLoss && record.Commit >= Last)
            || (record.Type == RecordType.Loss && record.Commit >= Last);
        if (follows)
        {
            Last = record.Commit;
            Ended = (record.Flags & RecordFlags.EndsCommit) != RecordFlags.None;
            _afterLoss = record.Type == RecordType.Loss;
        }

        return follows;
    }
}
