namespace Aldis.Journal.Embedded;

/// <summary>Where a record stands in its batch and commit; <c>docs/protocols/journal.md</c> section 3.</summary>
[Flags]
internal enum RecordFlags : byte
{
    /// <summary>Others of the same batch follow.</summary>
    None = 0,

    /// <summary>The last record of its batch.</summary>
    EndsBatch = 1,

    /// <summary>The last record of its commit; always together with <see cref="EndsBatch"/>.</summary>
    EndsCommit = 2,
}
