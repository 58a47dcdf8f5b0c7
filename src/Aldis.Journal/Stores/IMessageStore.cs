using Aldis.Protocols.Messages;

namespace Aldis.Journal.Stores;

/// <summary>
/// Where acknowledged messages are: the seam between the conversation that serves them and what keeps them. A store in a database is behind it
/// as well as the journal of this assembly. Who may write as a client is a <em>lease</em>: each opening takes it over from the one before
/// and gives it a higher epoch, so that a server that was given up on, or stood still, writes nothing any more. Thread-safe. Disposing waits
/// for what was accepted.
/// </summary>
public interface IMessageStore : IAsyncDisposable
{
    /// <summary>What an acknowledgement means.</summary>
    AcknowledgementLevel Level { get; }

    /// <summary>Longest payload taken, in bytes.</summary>
    int MaxMessageBytes { get; }

    /// <summary>
    /// How many of each client's last CRCs are kept at least, and so how many messages a client may have outstanding:
    /// <see cref="MessageLimits.MinWindow"/> to <see cref="MessageLimits.MaxWindow"/>.
    /// </summary>
    int Window { get; }

    /// <summary>Why nothing can be stored for now, as a sentence without its full stop; null while it can, or where that is told otherwise: a
    /// local store that has failed has failed for good.</summary>
    string? Problem => null;

    /// <summary>
    /// Opens a client for one connection, and takes its lease. Whoever had it appends nothing more; what it has under way has
    /// settled when this completes. A local store completes at once where nothing is under way.
    /// </summary>
    /// <param name="client">Id of a native client: 1 to 32 of A–Z a–z 0–9 . _ -; null for the plain form, of which nothing is leased.</param>
    /// <param name="peer">The peer's address, as text of at most 255 bytes.</param>
    /// <param name="cancellationToken">Gives up waiting; whether the lease was taken is then not known, so the client is opened again before
    /// anything is answered.</param>
    /// <returns>The appender, or why there is none.</returns>
    /// <exception cref="ArgumentException">Id or address is not of that form.</exception>
    ValueTask<StoreOpening> OpenAsync(string? client, string peer, CancellationToken cancellationToken = default);
}
