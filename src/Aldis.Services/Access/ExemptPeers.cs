namespace Aldis.Services.Access;

/// <summary>Peers that need no token.</summary>
[Flags]
internal enum ExemptPeers
{
    /// <summary>Nobody.</summary>
    None = 0,

    /// <summary>Whoever comes from a loopback address: every process of this machine, and whatever a proxy on it lets through.</summary>
    Loopback = 1,

    /// <summary>Whoever comes over a Unix socket.</summary>
    Unix = 2,
}
