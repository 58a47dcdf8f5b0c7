using Aldis.Protocols.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports;

namespace Aldis.Services.Messages;

/// <summary>What became of the messages of a <see cref="MessagesClient"/>.</summary>
public sealed record MessageDelivery
{
    /// <summary>Messages that were to be sent: what the outbox held unacknowledged at the start, and what was added.</summary>
    public required long Offered { get; init; }

    /// <summary>Messages that are safe at the server's level.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>Repeats that the server recognised.</summary>
    public required long Duplicates { get; init; }

    /// <summary>Messages the server refused for good.</summary>
    public required long Refused { get; init; }

    /// <summary>Numbers that had been acknowledged and that the server has no more, though it has others of this client (a restored
    /// backup).</summary>
    public required long Lost { get; init; }

    /// <summary>Numbers that had been acknowledged by a server which knows nothing of this client any more: it was forgotten there as its
    /// operator asked, or the data directory is a new one.</summary>
    public long Unknown { get; init; }

    /// <summary>Messages of which no byte was given to a connection; of the others that are not acknowledged, nobody knows.</summary>
    public long NeverSent { get; init; }

    /// <summary>How the last connection ended; <see cref="SenderEnd.Completed"/> where both sides said goodbye.</summary>
    public required SenderEnd End { get; init; }

    /// <summary>
    /// What the client gave up on, or was turned away with; null where it did not, and where everything was acknowledged before the
    /// connection ended, in whatever way.
    /// </summary>
    public CommunicationException? Failure { get; init; }

    /// <summary>
    /// Messages that were handed over and are not in the outbox: it had no room for them, or had failed. Nothing was sent of them.
    /// </summary>
    public long NotTaken { get; init; }

    /// <summary>Why the outbox did not take everything, or failed; null unless that happened.</summary>
    public OutboxException? OutboxFailure { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Messages that are neither acknowledged nor refused; with an outbox on disk they wait there.</summary>
    public long Unacknowledged => Offered - Acknowledged - Refused;
}
