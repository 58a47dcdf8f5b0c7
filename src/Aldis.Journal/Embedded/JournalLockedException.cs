namespace Aldis.Journal.Embedded;

/// <summary>Another process has the journal open for writing.</summary>
internal sealed class JournalLockedException : IOException
{
    internal JournalLockedException(string directory)
        : base($"The journal {directory} is in use by another server.")
    {
    }
}
