using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>Hears what becomes of a transfer's entries: from any thread, also while a method of the transfer is running. It does not wait.</summary>
internal interface ITransferObserver
{
    /// <summary>Everything before an offset is verified and durable: a resume would begin there.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="offset">The offset, which does not go back.</param>
    void HandleVerified(int entry, long offset);

    /// <summary>An entry is stored: durable, under its name, and the name too. Each entry is settled once.</summary>
    /// <param name="entry">The file, directory or link.</param>
    /// <param name="path">The path it has below the directory of received files.</param>
    /// <param name="isRenamed">Whether that is not the one it was offered with.</param>
    void HandleStored(int entry, string path, bool isRenamed);

    /// <summary>An entry is not taken, for good: it is settled.</summary>
    /// <param name="entry">The file, directory or link.</param>
    /// <param name="code">Why.</param>
    /// <param name="detail">Why, as a sentence for the server's operator.</param>
    void HandleRefused(int entry, RefusalCode code, string detail);
}
