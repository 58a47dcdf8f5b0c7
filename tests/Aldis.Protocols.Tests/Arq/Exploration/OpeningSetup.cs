namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>That the explorer begins with the client's first SYN under way, and what the same client did before: an attacker kept the
/// SYNACK and the CONFIRM of that.</summary>
internal sealed record OpeningSetup
{
    /// <summary>Whether the earlier attempt led to a connection, which was closed in order; else its CONFIRM never reached the
    /// server.</summary>
    public bool EarlierWasConfirmed { get; init; } = true;

    /// <summary>How long ago that was. Cookies and the memory of ended connections last for 30 s.</summary>
    public long EarlierAgoNs { get; init; }

    /// <summary>Whether each application may give its connection up at any time.</summary>
    public bool MayAbort { get; init; }
}
