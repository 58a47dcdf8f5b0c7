using Aldis.Protocols.Relay;

namespace Aldis.Cli.Verbs.Link;

/// <summary>What a link has done so far.</summary>
/// <param name="Way">From where to where, for people.</param>
/// <param name="Elapsed">Since it began.</param>
/// <param name="Clients">Clients, or connections, that came.</param>
/// <param name="Open">Of them, those that are there.</param>
/// <param name="ToTarget">What happened on the way to the target.</param>
/// <param name="ToClient">What happened on the way back.</param>
internal sealed record LinkSnapshot(string Way, TimeSpan Elapsed, long Clients, long Open, LinkCounters ToTarget, LinkCounters ToClient);
