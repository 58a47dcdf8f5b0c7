using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>
/// A transfer on its way in. One caller at a time. What concerns an entry never throws: it is refused by
/// <see cref="ITransferObserver.HandleRefused"/>, and whatever else is called about that entry does nothing. Each method may wait as long as the
/// disk is behind: that is the back-pressure. Disposing it (the connection ended, or all is settled) makes the chunks durable that are complete,
/// keeps unfinished files for the next attempt, and ends when nothing is under way.
/// </summary>
internal interface IIncomingTransfer : IAsyncDisposable
{
    /// <summary>One answer for each entry.</summary>
    IReadOnlyList<EntryAnswer> Answers { get; }

    /// <summary>Takes bytes of the chunk that is being received. Entries come in ascending order, chunks in ascending order.</summary>
    /// <param name="entry">A file that is wanted.</param>
    /// <param name="offset">Where in the file, in bytes: it follows what was written before, or is the beginning of the last chunk again.</param>
    /// <param name="data">The bytes; they are unchanged until as many more calls of this method as
    /// <see cref="OrderedWrites.MostUnderWay"/> have ended, or the transfer is disposed.</param>
    ValueTask WriteAsync(int entry, long offset, ReadOnlyMemory<byte> data);

    /// <summary>
    /// The chunk that was written is verified. It is made durable and noted (<see cref="ITransferObserver.HandleVerified"/>, unless it is the
    /// last), the last one ends the file: synced, renamed, its directory synced, then <see cref="ITransferObserver.HandleStored"/>. What is small shares
    /// its syncs with what follows; the task does not wait for the disk unless that is behind.
    /// </summary>
    /// <param name="entry">The file.</param>
    /// <param name="end">The offset behind the chunk.</param>
    /// <param name="chain">The chain value there; the digest of the file where it is the last.</param>
    /// <param name="isLast">Whether the file ends there.</param>
    ValueTask CompleteChunkAsync(int entry, long end, ContentDigest chain, bool isLast);

    /// <summary>The source does not send the rest of an entry; the observer is not told.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="discard">Whether what was received of it is of no use (the source changed), or is kept for the next attempt.</param>
    ValueTask AbandonAsync(int entry, bool discard);

    /// <summary>Computes the digest of what is there under a name, after it was made durable: for <see cref="TransferUnitKind.Prove"/>.</summary>
    /// <param name="entry">The file.</param>
    /// <returns>The digest (docs/protocols/files.md section 8); null where it cannot be read, or is no longer what it was.</returns>
    ValueTask<ContentDigest?> ComputeDigestAsync(int entry);
}
