using System.Collections.Concurrent;
using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Services.Files;

/// <summary>Publishes what becomes of the files of a transfer.</summary>
/// <param name="served">The connection.</param>
/// <param name="entries">The manifest.</param>
/// <param name="notice">Tells of files that are stored.</param>
/// <param name="isVerify">Whether files are only compared: then none is refused, since none was to be stored.</param>
internal sealed class ReceptionEvents(
    ServedConnection served, IReadOnlyList<ManifestEntry> entries, ReceivedNotice notice, bool isVerify) : IReceptionWatcher
{
    private readonly Lock _counting = new();
    private readonly IntakeProgress _progress = new(entries);

    /// <summary>How much came of files whose sender did not know their length, such as a standard input. Chunks come on one thread, and
    /// files are stored on others.</summary>
    private readonly ConcurrentDictionary<int, long> _lengths = [];

    /// <summary>How far the transfer is.</summary>
    public FileIntake Progress => _progress.Read();

    void IReceptionWatcher.HandleAnswer(int entry, in EntryAnswer answer)
    {
        if (answer.Kind == TransferUnitKind.Have)
        {
            _progress.Settle(entry);
        }

        if (answer.Kind == TransferUnitKind.Nak)
        {
            Refuse(entry, answer.Code, answer.Detail ?? "refused: " + Encoding.ASCII.GetString(FileWords.Of(answer.Code)));
        }
    }

    void IReceptionWatcher.HandleMoved(int entry, long offset)
    {
        _progress.Move(entry, offset);
        if (entries[entry].Size == ManifestEntry.UnknownSize)
        {
            _lengths[entry] = offset;
        }
    }

    void IReceptionWatcher.HandleCorrupt(int entry, long offset)
    {
    }

    void IReceptionWatcher.HandleStored(int entry, string path, bool isRenamed, ContentDigest? digest)
    {
        _progress.Settle(entry);
        if (entries[entry].Kind == FileEntryKind.File)
        {
            lock (_counting)
            {
                served.CountMessage();
            }

            long length = LengthOf(entry);
            served.PublishFile(path, length, digest?.ToString());
            notice.Tell(path, length, digest?.ToString());
        }
    }

    void IReceptionWatcher.HandleVerified(int entry, long offset)
    {
    }

    void IReceptionWatcher.HandleProven(int entry, ContentDigest digest) => _progress.Settle(entry);

    void IReceptionWatcher.HandleRefused(int entry, RefusalCode code, string detail) => Refuse(entry, code, detail);

    private long LengthOf(int entry) =>
        entries[entry].Size == ManifestEntry.UnknownSize ? _lengths.GetValueOrDefault(entry) : entries[entry].Size;

    private void Refuse(int entry, RefusalCode code, string detail)
    {
        _progress.Settle(entry);
        if (isVerify)
        {
            return;
        }

        served.Publish(
            ServiceEventKind.FileRefused,
            LengthOf(entry),
            detail: $"'{Encoding.UTF8.GetString(entries[entry].Path.Span)}': {detail}",
            cause: ServiceEventCauses.Of(code));
    }
}
