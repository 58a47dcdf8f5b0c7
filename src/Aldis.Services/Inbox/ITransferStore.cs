using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>Where transfers are received. Thread-safe.</summary>
internal interface ITransferStore
{
    /// <summary>Bytes of the longest file, most entries and the longest manifest it takes; the conversation has checked the latter two
    /// before it asks, and the store refuses longer files as <see cref="RefusalCode.TooLarge"/>.</summary>
    FilesHello Limits { get; }

    /// <summary>
    /// Checks a whole manifest, finds what is left of earlier attempts (by client, key and path) and says what it wants. Nothing of the
    /// content is stored yet. No other transfer of this client and key is open: the conversation sees to that.
    /// </summary>
    /// <param name="offer">The transfer.</param>
    /// <param name="observer">Told what becomes of the entries from the moment on in which the returned task has ended.</param>
    /// <returns>The open transfer; the caller disposes it.</returns>
    /// <exception cref="IOException">Nothing can be received (<see cref="InboxRefusedException"/> says why as a sentence).</exception>
    ValueTask<IIncomingTransfer> OpenAsync(TransferOffer offer, ITransferObserver observer);
}
