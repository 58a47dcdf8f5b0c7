namespace Aldis.Journal.Embedded;

/// <summary>What a record is; <c>docs/protocols/journal.md</c> section 3.</summary>
internal enum RecordType : byte
{
    /// <summary>A message somebody sent.</summary>
    Message = 1,

    /// <summary>The end of a commit after which nothing came.</summary>
    Seal = 2,

    /// <summary>Stands where a repair left records out.</summary>
    Loss = 3,

    /// <summary>A client without messages in the journal is forgotten; only in segments of version 2.</summary>
    Forget = 4,
}
