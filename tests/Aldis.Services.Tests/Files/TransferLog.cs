using System.Collections.Concurrent;
using Aldis.Protocols.Files;
using Aldis.Services.Files;

namespace Aldis.Services.Tests.Files;

/// <summary>Remembers what a transfer was seen to do.</summary>
internal sealed class TransferLog : ITransferWatcher
{
    public ConcurrentDictionary<int, EntryOutcome> Settled { get; } = [];

    public ConcurrentQueue<(int Entry, long Offset, bool IsChanged)> Wanted { get; } = [];

    public ConcurrentQueue<string> Interruptions { get; } = [];

    /// <summary>The ends of chunks that were hashed, and what was verified then.</summary>
    public ConcurrentQueue<(int Entry, long End, long VerifiedBefore)> Hashed { get; } = [];

    public void HandleConnected(FilesHello hello)
    {
    }

    public void HandleInterrupted(string cause, TimeSpan pause) => Interruptions.Enqueue(cause);

    public void HandleWanted(int entry, long offset, bool isChanged) => Wanted.Enqueue((entry, offset, isChanged));

    public void HandleHashed(int entry, long end) =>
        Hashed.Enqueue((entry, end, Wanted.LastOrDefault(wanted => wanted.Entry == entry).Offset));

    public void HandleMoved(int entry, long offset)
    {
    }

    public void HandleVerified(int entry, long offset)
    {
    }

    public void HandleSettled(int entry, in EntryOutcome outcome)
    {
        Assert.True(!Settled.TryGetValue(entry, out EntryOutcome earlier) || (earlier.Refusal is not null && outcome.Refusal is null));
        Settled[entry] = outcome;
    }
}
