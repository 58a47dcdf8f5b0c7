using Aldis.Protocols.Arq;

namespace Aldis.Dashboard.Watch;

/// <summary>An ARQ connection as it was watched: what it counted, and the last ten minutes second by second.</summary>
/// <param name="Number">The number of the connection.</param>
/// <param name="Peer">The client's address.</param>
/// <param name="Client">The id it named; null where it named none.</param>
/// <param name="Service">The conversation.</param>
/// <param name="EndedAt">When it was found ended; null while it is open.</param>
/// <param name="Stats">What it counted when it was looked at last.</param>
/// <param name="Seconds">The last ten minutes, oldest first; the last one is the second before now, or before the end.</param>
internal sealed record WatchedLink(
    long Number, string Peer, string? Client, string Service, DateTimeOffset? EndedAt, ConnectionStats Stats, IReadOnlyList<LinkSample> Seconds);
