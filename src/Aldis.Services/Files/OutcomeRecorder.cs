using System.Globalization;
using System.Text;
using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>Remembers what becomes of a transfer's entries, and tells a caller how far it is.</summary>
/// <param name="entries">The entries.</param>
/// <param name="progress">Who is told.</param>
internal sealed class OutcomeRecorder(IReadOnlyList<ManifestEntry> entries, IProgress<FilesProgress>? progress) : ITransferWatcher
{
    private readonly EntryOutcome?[] _outcomes = new EntryOutcome?[entries.Count];

    /// <summary>What became of the entries, once all are settled.</summary>
    public IReadOnlyList<FileOutcome> Outcomes =>
    [
        .. _outcomes.Select((outcome, entry) => new FileOutcome
        {
            Name = NameOf(entry),
            Refusal = outcome?.Refusal is { } code ? Encoding.ASCII.GetString(FileWords.Of(code)) : null,
            WasThere = outcome?.WasThere ?? false,
            Digest = outcome?.Digest?.ToString(),
        }),
    ];

    /// <summary>Tells a caller that a connection was lost.</summary>
    /// <param name="progress">Who is told.</param>
    /// <param name="cause">Why.</param>
    /// <param name="pause">How long until the next attempt.</param>
    public static void Interrupt(IProgress<FilesProgress>? progress, string cause, TimeSpan pause) => progress?.Report(new FilesProgress
    {
        Name = string.Empty,
        Interruption = string.Create(CultureInfo.InvariantCulture, $"{cause.TrimEnd('.')}; trying again in {pause.TotalSeconds:0.0} s"),
    });

    void ITransferWatcher.HandleConnected(FilesHello hello)
    {
    }

    void ITransferWatcher.HandleInterrupted(string cause, TimeSpan pause) => Interrupt(progress, cause, pause);

    void ITransferWatcher.HandleWanted(int entry, long offset, bool isChanged) => Report(entry, offset);

    void ITransferWatcher.HandleMoved(int entry, long offset) => Report(entry, offset);

    void ITransferWatcher.HandleVerified(int entry, long offset)
    {
    }

    void ITransferWatcher.HandleSettled(int entry, in EntryOutcome outcome) => _outcomes[entry] = outcome;

    private void Report(int entry, long offset) =>
        progress?.Report(new FilesProgress { Name = NameOf(entry), Offset = offset, Length = entries[entry].Size });

    private string NameOf(int entry) => Encoding.UTF8.GetString(entries[entry].Path.Span);
}
