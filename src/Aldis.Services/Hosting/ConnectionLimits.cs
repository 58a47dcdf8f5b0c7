using Aldis.Transports.Budgets;

namespace Aldis.Services.Hosting;

/// <summary>Bounds that protect a server from its clients (docs/ARCHITECTURE.md, "Limits").</summary>
public sealed record ConnectionLimits
{
    /// <summary>What a server has to have for what it receives.</summary>
    internal const long LeastMemoryBytes = 1 << 20;

    /// <summary>The defaults.</summary>
    public static ConnectionLimits Default { get; } = new();

    /// <summary>Open connections over networks in all, at least 1. Default 15,000.</summary>
    public int MaxConnections { get; init; } = 15_000;

    /// <summary>Open connections from one IP address, at least 1. An IPv6 network (/64) counts as one address, and so does a user of this
    /// machine who comes over Unix sockets. Default 1,000.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 1_000;

    /// <summary>Open connections over Unix sockets in all, at least 1, beside <see cref="MaxConnections"/>: neither takes places of the
    /// other's. Default 3,000.</summary>
    public int MaxUnixConnections { get; init; } = 3_000;

    /// <summary>Handshakes (TLS, prefaces of native clients) under way at once from one IP address, at least 1, counted as connections are.
    /// Further ones wait for their turn, for <see cref="UnitTimeout"/> at most. Default 100.</summary>
    public int MaxHandshakesPerAddress { get; init; } = 100;

    /// <summary>Bytes received and not yet taken in all, over every transport, at least 1 MiB. Near it those are
    /// read whose message lacks least, and the others wait. Default 1 GiB, or a quarter of what the process may have if that is
    /// less.</summary>
    public long MaxMemoryBytes { get; init; } = new ReceiveMemoryOptions().MaxBytes;

    /// <summary>The same for the connections of one IP address (of one network, /64, for IPv6; of one user over Unix sockets), at least
    /// 1 MiB. Never more than half of <see cref="MaxMemoryBytes"/>. Default 192 MiB.</summary>
    public long MaxMemoryBytesPerAddress { get; init; } = ReceiveMemoryOptions.DefaultMaxBytesPerAddress;

    /// <summary>
    /// New client ids of <c>messages</c> that one sender may bring while the server runs, at least 1; ids that are stored already are not
    /// counted. A sender is an IPv4 address, an IPv6 network of 64 bits or a user over Unix sockets; and a token, where one is required.
    /// Default 10,000.
    /// </summary>
    public int MaxNewClients { get; init; } = 10_000;

    /// <summary>How many of them a second, 1 to 1,000,000; ten seconds' worth may come at once. Default 100.</summary>
    public int NewClientRate { get; init; } = 100;

    /// <summary>How long a connection may move no byte. Default 1 h.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a header or preface may take from its first byte to its last. Default 10 s.</summary>
    public TimeSpan UnitTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
