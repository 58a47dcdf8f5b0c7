using Aldis.Protocols.Impairment;

namespace Aldis.Transports.Relay;

/// <summary>How a relay is set up.</summary>
public sealed record LinkRelayOptions
{
    /// <summary>What happens on the way to the target.</summary>
    public LinkFaults ToTarget { get; init; } = LinkFaults.None;

    /// <summary>What happens on the way back.</summary>
    public LinkFaults ToClient { get; init; } = LinkFaults.None;

    /// <summary>Decides every draw: the same seed and the same order of traffic have the same fate. Drawn anew where null
    /// (<see cref="LinkRelay.Seed"/>).</summary>
    public ulong? Seed { get; init; }

    /// <summary>Clients, or connections, at once at most; at least 1. Of clients that send datagrams one more takes the place of that which
    /// was silent longest; a connection more waits until another ends.</summary>
    public int MaximumClients { get; init; } = 1_024;

    /// <summary>After how long without a datagram in either direction a client is forgotten, and its port given back.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Is told that a client could not be served: its number, counted from 1, or 0 where it is the relay itself that fails, and
    /// why. Called on any thread.</summary>
    public Action<long, Exception>? Failed { get; init; }

    /// <summary>Is told of every decision.</summary>
    internal ILinkObserver? Observer { get; init; }

    /// <summary>Decisions of an earlier run, in place of new ones.</summary>
    internal ILinkReplay? Replay { get; init; }

    /// <summary>Whether the name of a target of streams is looked up for each connection, and need not be known at the start.</summary>
    internal bool LooksUpLate { get; init; }

    /// <summary>Whether to do without what only Linux has.</summary>
    internal bool IsPortable { get; init; }

    /// <summary>Refuses what no relay can be.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range; the message names it.</exception>
    internal void Validate()
    {
        LinkOptions.RequireRange(MaximumClients, 1, int.MaxValue);
        LinkOptions.RequireRange(IdleTimeout.Ticks, 1, TimeSpan.TicksPerDay, nameof(IdleTimeout));
    }
}
