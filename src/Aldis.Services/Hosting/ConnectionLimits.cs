namespace Aldis.Services.Hosting;

/// <summary>Bounds that protect a server from its clients (docs/ARCHITECTURE.md, "Limits").</summary>
public sealed record ConnectionLimits
{
    /// <summary>The defaults.</summary>
    public static ConnectionLimits Default { get; } = new();

    /// <summary>Open connections in all, at least 1. Default 15,000.</summary>
    public int MaxConnections { get; init; } = 15_000;

    /// <summary>Open connections from one IP address, at least 1; Unix sockets are not counted. Default 1,000.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 1_000;

    /// <summary>How long a connection may move no byte. Default 1 h.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a header or preface may take from its first byte to its last. Default 10 s.</summary>
    public TimeSpan UnitTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
