namespace Aldis.Protocols.Arq;

/// <summary>
/// How many connections a listening endpoint takes, for an operator who changes his mind while it works: read anew for each that comes, so
/// that connections of before keep their places. Thread-safe.
/// </summary>
/// <param name="maxConnections">Connections at most, 1 to 2^20; further ones are not answered.</param>
/// <param name="maxConnectionsPerAddress">Connections at most from one address; an IPv6 network (/64) is one.</param>
internal sealed class ConnectionBounds(int maxConnections, int maxConnectionsPerAddress)
{
    private volatile int _maxConnections = maxConnections;
    private volatile int _maxConnectionsPerAddress = maxConnectionsPerAddress;

    /// <summary>Connections at most.</summary>
    public int MaxConnections => _maxConnections;

    /// <summary>Connections at most from one address.</summary>
    public int MaxConnectionsPerAddress => _maxConnectionsPerAddress;

    /// <summary>Sets other bounds.</summary>
    /// <inheritdoc cref="ConnectionBounds(int, int)" path="/param"/>
    public void Change(int maxConnections, int maxConnectionsPerAddress)
    {
        _maxConnections = maxConnections;
        _maxConnectionsPerAddress = maxConnectionsPerAddress;
    }
}
