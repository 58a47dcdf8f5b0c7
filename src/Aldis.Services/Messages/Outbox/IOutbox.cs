using Aldis.Protocols.Messages;

namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// What a client has to send and what it must remember to number it. Lines, refusals and states are first noted, then made safe together
/// by <see cref="Sync"/>. Not synchronised: one caller at a time.
/// </summary>
internal interface IOutbox : IDisposable
{
    /// <summary>The id its messages are numbered under.</summary>
    string ClientId { get; }

    /// <summary>How many lines it ever took and has safe: the number of the last one. Whoever feeds it the same input again skips as many.</summary>
    long Taken { get; }

    /// <summary>Whether what it takes lies in the memory of this process until it is given out: a client then hands over no more than it may
    /// hold itself (<see cref="MessagesClientOptions.MaxPending"/>). False where it lies elsewhere, and is the safer the sooner it is
    /// taken.</summary>
    bool HoldsInMemory { get; }

    /// <summary>The digest of all those lines; null where it is not known.</summary>
    LineDigest? Digest { get; }

    /// <summary>The numbering as it was made safe last.</summary>
    SenderState State { get; }

    /// <summary>Notes a line.</summary>
    /// <param name="line">The payload, without line end.</param>
    /// <returns>Its item number; it is the outbox's after <see cref="Sync"/>.</returns>
    long Add(ReadOnlySpan<byte> line);

    /// <summary>Notes that an item is refused for good, together with the next state; it is not given out again.</summary>
    /// <param name="item">Its number.</param>
    void NoteRefused(long item);

    /// <summary>Notes the numbering.</summary>
    /// <param name="state">The sender's state.</param>
    void NoteState(SenderState state);

    /// <summary>Makes everything noted safe. When it returns, lines may be reported as taken and messages may be sent under the state.</summary>
    /// <exception cref="OutboxFullException">None of the lines noted was taken; the outbox goes on, and what else was noted stays noted.</exception>
    /// <exception cref="OutboxException">Nothing is known about what was noted; the outbox takes nothing more until it is opened again.</exception>
    void Sync();

    /// <summary>Reads the next item that is safe, in order, beginning behind what was acknowledged when it was opened. Refused ones are left
    /// out.</summary>
    /// <param name="item">Its number.</param>
    /// <param name="payload">Its payload, for the caller to keep.</param>
    /// <returns>False if there is none yet.</returns>
    /// <exception cref="OutboxException">It cannot be read any more.</exception>
    bool TryReadNext(out long item, out byte[] payload);
}
