using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>Sees a transfer go on, from the side that began it. From any thread, one call at a time; it does not wait.</summary>
internal interface ITransferWatcher
{
    /// <summary>A connection was made and greeted.</summary>
    /// <param name="hello">What the server takes.</param>
    void HandleConnected(FilesHello hello);

    /// <summary>A connection ended, or none was made, before all was settled; another is tried.</summary>
    /// <param name="cause">Why, as a sentence.</param>
    /// <param name="pause">How long until the next attempt.</param>
    void HandleInterrupted(string cause, TimeSpan pause);

    /// <summary>The receiver said what it wants of an entry. On every connection anew.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="offset">Where it begins: 0, or where it was resumed; −1 where nothing is to be sent.</param>
    /// <param name="isChanged">Whether an earlier part was of another state of the source, and is begun anew.</param>
    void HandleWanted(int entry, long offset, bool isChanged);

    /// <summary>Bytes of a file left, or (fetching) arrived.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="offset">The offset behind them.</param>
    void HandleMoved(int entry, long offset);

    /// <summary>A chunk of a file was hashed here, to be sent or to prove what is there.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="end">The offset behind the chunk.</param>
    void HandleHashed(int entry, long end)
    {
    }

    /// <summary>Everything before an offset is verified and durable on the receiver's side.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="offset">The offset.</param>
    void HandleVerified(int entry, long offset);

    /// <summary>
    /// An entry is settled: once, and once more where it was refused and is there after all on a later connection.
    /// </summary>
    /// <param name="entry">The entry.</param>
    /// <param name="outcome">How.</param>
    void HandleSettled(int entry, in EntryOutcome outcome);
}
