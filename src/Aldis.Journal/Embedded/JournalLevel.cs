namespace Aldis.Journal.Embedded;

/// <summary>What an acknowledgement says about a message (docs/protocols/journal.md section 4).</summary>
public enum JournalLevel
{
    /// <summary>Parsed and in the journal's queue; lost with the process.</summary>
    Received,

    /// <summary>Written to the file; survives the process, lost with the machine's power.</summary>
    Stored,

    /// <summary>Written and synced; survives both.</summary>
    Durable,
}
