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

    /// <summary>Connections admitted a second in all, at least 1; four seconds' worth may come at once. Default 20,000.</summary>
    public int AcceptRate { get; init; } = 20_000;

    /// <summary>The same from one IP address, counted as connections are. Default 5,000.</summary>
    public int AcceptRatePerAddress { get; init; } = 5_000;

    /// <summary>Handshakes (TLS, prefaces of native clients) under way at once in all, at least 1. Further ones wait for their turn, and
    /// the addresses they are from take turns. Default 2,000.</summary>
    public int MaxHandshakes { get; init; } = 2_000;

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

    /// <summary>
    /// Messages a second of one client of <c>messages</c>, at least 1; ten seconds' worth may come at once. A client is a client id, and in the
    /// plain form an address, counted as connections are. Beyond it a message is refused as <c>busy</c>. Default 1,000,000.
    /// </summary>
    public int MessageRate { get; init; } = 1_000_000;

    /// <summary>Bytes of messages that one such client may have stored in a day, at least 1 MiB: used up at once they come back evenly
    /// over a day. Beyond it a message is refused as <c>busy</c>. Default 10 TiB.</summary>
    public long MessageBytesPerDay { get; init; } = 10L << 40;

    /// <summary>Bytes a second that a message which is under way moves at least, over a minute, at least 1; a connection that is slower is
    /// ended. Time in which the server does not read it counts against nobody. Default 240.</summary>
    public int MinDataRate { get; init; } = 240;

    /// <summary>How long a connection may move no byte. Default 1 h.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a header or preface may take from its first byte to its last. Default 10 s.</summary>
    public TimeSpan UnitTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
