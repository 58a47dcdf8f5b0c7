using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Relay;

/// <summary>What a relay needs to know.</summary>
/// <param name="Plan">What it does to whom.</param>
internal sealed record RelayOptions(LinkPlan Plan)
{
    /// <summary>Clients at once at most. One more takes the place of that which was silent longest; of streams, it waits.</summary>
    public int MaximumClients { get; init; } = 1_024;

    /// <summary>After how long without a datagram in either direction a client is forgotten.</summary>
    public long IdleNs { get; init; } = 60_000_000_000;

    /// <summary>Bytes of datagrams on their way at most, to the clients and from each; what comes beyond is dropped.</summary>
    public long MaximumHeldBytes { get; init; } = 256L << 20;

    /// <summary>Is told of every decision.</summary>
    public ILinkObserver? Observer { get; init; }

    /// <summary>Decisions of an earlier run.</summary>
    public ILinkReplay? Replay { get; init; }

    /// <summary>Bytes on their way at most, of one connection in one direction; beyond it is not read.</summary>
    public int MaximumHeldStreamBytes { get; init; } = 4 << 20;

    /// <summary>Is told that a client could not be served: its number, or 0 where it is the relay itself that fails, and why. Called on
    /// any thread.</summary>
    public Action<long, Exception>? Failed { get; init; }

    /// <summary>Whether it relays streams; else datagrams.</summary>
    public bool IsStream { get; init; }

    /// <summary>Counts what goes to the target.</summary>
    public LinkTally ToTarget { get; } = new();

    /// <summary>Counts what comes back.</summary>
    public LinkTally ToClient { get; } = new();

    /// <summary>Counts a direction.</summary>
    /// <param name="direction">Which.</param>
    /// <returns>Its tally.</returns>
    public LinkTally TallyOf(LinkDirection direction) => direction == LinkDirection.ToTarget ? ToTarget : ToClient;

    /// <summary>Counts a decision and tells of it.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="client">Number of the client.</param>
    /// <param name="unit">As <see cref="LinkNote.Unit"/>.</param>
    /// <param name="length">Bytes; less than 0 for what befalls a connection and no byte of it.</param>
    /// <param name="verdict">The decision.</param>
    /// <param name="nowNs">When.</param>
    public void Note(LinkDirection direction, long client, long unit, int length, in LinkVerdict verdict, long nowNs)
    {
        TallyOf(direction).Count(length, verdict, IsStream);
        Observer?.OnDecision(new LinkNote(direction, client, unit, Math.Max(0, length), verdict, nowNs));
    }
}
