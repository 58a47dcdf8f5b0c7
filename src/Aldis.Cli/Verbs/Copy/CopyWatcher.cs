using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Files;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>Tells the board of one transfer.</summary>
/// <param name="board">The board.</param>
/// <param name="files">The transfer's entries, under their numbers.</param>
internal sealed class CopyWatcher(CopyBoard board, IReadOnlyList<CopiedFile> files) : ITransferWatcher
{
    private readonly List<int> _changed = [];

    /// <summary>Entries that changed while they were sent.</summary>
    public IReadOnlyList<int> Changed => _changed;

    /// <summary>Whether a changed one is tried once more, and so is not told yet.</summary>
    public bool RetriesChanged { get; init; }

    public void HandleConnected(FilesHello hello) => board.Connect();

    public void HandleInterrupted(string cause, TimeSpan pause) => board.Interrupt(cause, pause);

    public void HandleWanted(int entry, long offset, bool isChanged)
    {
        if (offset >= 0)
        {
            board.Begin(files[entry], offset, isChanged);
        }
    }

    public void HandleMoved(int entry, long offset) => board.MoveTo(files[entry], offset);

    public void HandleHashed(int entry, long end) => board.Hash(files[entry], end);

    public void HandleVerified(int entry, long offset) => board.Verify(files[entry], offset);

    public void HandleSettled(int entry, in EntryOutcome outcome)
    {
        if (RetriesChanged && outcome.Refusal == RefusalCode.Changed)
        {
            _changed.Add(entry);
            board.Withdraw(files[entry]);
            return;
        }

        _ = _changed.Remove(entry);
        board.Settle(files[entry], outcome);
    }
}
