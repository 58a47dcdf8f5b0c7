using System.Buffers;
using Aldis.Protocols.Messages;

namespace Aldis.Journal.Stores;

/// <summary>
/// One connection's way into a store, under one epoch of its client's lease: it appends messages in order and hears how far they are.
/// It commits from the first message on, and ends at most once, with one of three outcomes for all that is not committed
/// (<see cref="AppendOutcome"/>); then it takes nothing more and <see cref="RenewAsync"/> gives the next one. One caller appends and compares,
/// one awaits progress, one awaits space; these may be different.
/// </summary>
/// <remarks>
/// <see cref="IMessageHistory.TryGetCrc"/> knows the messages accepted here, and of those committed before at least the last
/// <see cref="IMessageStore.Window"/>; after <see cref="HandleFarewell"/> perhaps only the last. It answers from memory, also after the end.
/// </remarks>
public interface IMessageAppender : IMessageHistory
{
    /// <summary>The epoch of the lease: higher with each opening and renewal of the client; 0 in the plain form.</summary>
    long Epoch { get; }

    /// <summary>How far its messages are.</summary>
    AppendProgress Progress { get; }

    /// <summary>Offers a message. Returns at once: it is taken into a bounded queue or not at all.</summary>
    /// <param name="sequence">The client's number for it, one more than that of the last one accepted or, before that, of
    /// <see cref="AppendProgress.CommittedSequence"/>; 0 in the plain form.</param>
    /// <param name="payload">The message; copied before the call returns.</param>
    /// <returns>Whether it was taken, or why not. The caller may hold a lock: nothing that waits goes on inside the call.</returns>
    AppendStatus TryAppend(long sequence, ReadOnlySpan<byte> payload);

    /// <inheritdoc cref="TryAppend(long, ReadOnlySpan{byte})"/>
    AppendStatus TryAppend(long sequence, in ReadOnlySequence<byte> payload);

    /// <summary>
    /// Waits until there is <see cref="Progress"/> since the last call, its end included, the appender was closed, or <see cref="Wake"/> was
    /// called. A store may let the waiter go on inside its own writer, but never inside a call to this interface.
    /// </summary>
    ValueTask WaitForProgressAsync();

    /// <summary>Waits, after <see cref="AppendStatus.QueueFull"/>, until an append may succeed again, or the appender has ended or was
    /// closed.</summary>
    ValueTask WaitForSpaceAsync();

    /// <summary>Completes the wait for progress, so that the waiter looks at something else; it goes on elsewhere, not inside this
    /// call.</summary>
    void Wake();

    /// <summary>
    /// The client ended in order: everything it sent was acknowledged, it said BYE, and BYE was answered. So it is unsure of nothing, and
    /// the CRCs of its messages but the last are the first to go where memory is short (a program that keeps no state sends
    /// its last message once more). Says nothing where somebody appended for the client since.
    /// </summary>
    void HandleFarewell();

    /// <summary>
    /// After the appender has ended: opens the client again, under a higher epoch, if the lease is still this appender's. It
    /// never takes a lease that somebody else has. What the new appender says of H and the CRCs is read anew.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The next appender, or why there is none.</returns>
    /// <exception cref="InvalidOperationException">The appender has not ended.</exception>
    ValueTask<StoreOpening> RenewAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes no more messages, and gives the lease up; what was accepted still settles. The waiters are woken.</summary>
    /// <returns>Completes when nothing of this appender is under way any more.</returns>
    Task CloseAsync();
}
