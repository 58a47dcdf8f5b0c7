namespace Aldis.Journal.Embedded;

/// <summary>What bytes at a record's place turned out to be.</summary>
internal enum RecordStatus
{
    /// <summary>A sound record.</summary>
    Sound,

    /// <summary>What is there may be the beginning of a record; more bytes are needed to tell.</summary>
    Incomplete,

    /// <summary>Space that was never written: its length field is zero.</summary>
    Unwritten,

    /// <summary>Not a record.</summary>
    Damaged,
}
