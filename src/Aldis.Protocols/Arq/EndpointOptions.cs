using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Budgets;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Arq;

/// <summary>What an endpoint allows and how its driver works.</summary>
internal sealed record EndpointOptions
{
    /// <summary>What a listener grants to clients; null does not listen. Its <see cref="ConnectionOptions.Mode"/> is not used: clients
    /// choose.</summary>
    public ConnectionOptions? Accept { get; init; }

    /// <summary>Whether a client may ask the listener to send by <see cref="CongestionProfile.Lossy"/> or
    /// <see cref="CongestionProfile.Lab"/>.
    /// If not, the listener sends by its own profile.</summary>
    public bool ClientChoosesProfile { get; init; } = true;

    /// <summary>Connections at most, 1 to 2^20; further ones are not answered.</summary>
    public int MaxConnections { get; init; } = 15_000;

    /// <summary>Accepted connections at most from one address; an IPv6 network (/64) is one.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 1_000;

    /// <summary>The same two where they may change while the endpoint works; null, the default, where they do not.</summary>
    public ConnectionBounds? Bounds { get; init; }

    /// <summary>Datagrams at most in one <see cref="Transmit"/>, 1 to 128. 1 makes every datagram a send of its own.</summary>
    public int MaxSegments { get; init; } = 64;

    /// <summary>How late the driver's timers may be, in nanoseconds: 0 in virtual time, 1 ms for a managed wait.
    /// A deadline nearer than this counts as due, and it is the least variance assumed in every time-out.</summary>
    public long TimerGranularityNs { get; init; }

    /// <summary>SYNACKs at most per second, a quarter of them to one address (an IPv6 network is one), and separately stateless RESETs at
    /// most per second divided by 16.</summary>
    public int StatelessRepliesPerSecond { get; init; } = 20_000;

    /// <summary>How long a cookie can be confirmed and a tombstone answers, in nanoseconds. A client takes it for the life of its server's
    /// cookies too.</summary>
    public long CookieLifetimeNs { get; init; } = 30_000_000_000;

    /// <summary>Bytes held for all connections above which nothing out of order is kept, nothing further ahead of a reader than the
    /// first credit (<see cref="ConnectionOptions.InitialWindowBytes"/>), no window grows, and a writer may have 256 KiB
    /// unacknowledged. While that lasts, accepted connections that give back too little of what they hold are ended.</summary>
    public long MaxBufferedBytes { get; init; } = 1L << 30;

    /// <summary>Bytes held for the accepted connections of one address above which the same is true of them, with 64 KiB instead of the
    /// first credit and of 256 KiB, and none of them is ended: so a client whose connections rest takes little from others.</summary>
    public long MaxBufferedBytesPerAddress { get; init; } = 1L << 28;

    /// <summary>Bounds the memory of accepted connections together with that of others, instead of <see cref="MaxBufferedBytes"/> and
    /// <see cref="MaxBufferedBytesPerAddress"/>; whoever gives one ends whom it says. None by default.</summary>
    internal ReceiveBudget? Budget { get; init; }

    /// <summary>Bytes of unused buffers kept for later use.</summary>
    public long PooledBytes { get; init; } = 64L << 20;
}
