using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Hosting;

namespace Aldis.Services.Files;

/// <summary>How far a transfer that is received is, for whoever looks. Thread-safe: chunks come on one thread, and files are settled on
/// others.</summary>
/// <param name="entries">The manifest.</param>
internal sealed class IntakeProgress(IReadOnlyList<ManifestEntry> entries)
{
    private readonly Lock _lock = new();
    private readonly int _files = entries.Count(static entry => entry.Kind == FileEntryKind.File);
    private readonly bool[] _isSettled = new bool[entries.Count];
    private readonly long _totalBytes = entries.Any(static entry => entry.Size == ManifestEntry.UnknownSize)
        ? ManifestEntry.UnknownSize
        : entries.Sum(static entry => entry.Size);

    private int _current = -1;
    private long _received;
    private int _settled;
    private long _settledBytes;

    /// <summary>Notes that bytes of a file are here.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="offset">Everything before is here.</param>
    public void Move(int entry, long offset)
    {
        lock (_lock)
        {
            (_current, _received) = (entry, offset);
        }
    }

    /// <summary>Notes that nothing more is to come of an entry.</summary>
    /// <param name="entry">The entry; of a directory or link nothing is counted.</param>
    public void Settle(int entry)
    {
        lock (_lock)
        {
            if (entries[entry].Kind == FileEntryKind.File && !_isSettled[entry])
            {
                _isSettled[entry] = true;
                _settled++;
                _settledBytes += Math.Max(0, entries[entry].Size);
            }
        }
    }

    /// <summary>How far it is now.</summary>
    public FileIntake Read()
    {
        lock (_lock)
        {
            bool isUnderWay = _current >= 0 && !_isSettled[_current];
            return new FileIntake(
                _current < 0 ? null : Encoding.UTF8.GetString(entries[_current].Path.Span),
                _current < 0 ? 0 : entries[_current].Size,
                _received,
                _files,
                _settled,
                _totalBytes,
                _settledBytes + (isUnderWay ? _received : 0));
        }
    }
}
