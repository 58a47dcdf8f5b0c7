using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Services.Hosting;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Limits</c>: what protects a server from its clients (<see cref="ConnectionLimits"/>, whose names it has).</summary>
internal sealed class LimitArguments
{
    private static readonly ConnectionLimits Default = ConnectionLimits.Default;

    private readonly OptionSetting<int?> _connections = TypedSetting.Whole(
        "Limits:MaxConnections",
        "--max-connections",
        "open connections over networks in all",
        1,
        otherwise: (int?)Default.MaxConnections,
        isReloadable: true);

    private readonly OptionSetting<int?> _perAddress = TypedSetting.Whole(
        "Limits:MaxConnectionsPerAddress",
        "--max-connections-per-address",
        "open connections from one IP address; an IPv6 network (/64) is one, and a user of a Unix socket",
        1,
        otherwise: (int?)Default.MaxConnectionsPerAddress,
        isReloadable: true);

    private readonly OptionSetting<int?> _unix = TypedSetting.Whole(
        "Limits:MaxUnixConnections",
        "--max-unix-connections",
        "open connections over Unix sockets in all, beside those over networks",
        1,
        otherwise: (int?)Default.MaxUnixConnections,
        isReloadable: true);

    private readonly OptionSetting<int?> _handshakes = TypedSetting.Whole(
        "Limits:MaxHandshakesPerAddress",
        "--max-handshakes-per-address",
        "handshakes (TLS, prefaces of native clients) under way at once from one address; further ones wait their turn",
        1,
        otherwise: (int?)Default.MaxHandshakesPerAddress,
        isReloadable: true);

    private readonly OptionSetting<long?> _memory = TypedSetting.Size(
        "Limits:MaxMemoryBytes",
        "--max-memory",
        "bytes received and not yet taken in all, for example 512M. Near it those are read on whose message lacks least; the others wait",
        "from 1M on, such as 256M",
        ConnectionLimits.LeastMemoryBytes,
        Default.MaxMemoryBytes,
        "1G, or a quarter of what the process may have if that is less");

    private readonly OptionSetting<long?> _memoryPerAddress = TypedSetting.Size(
        "Limits:MaxMemoryBytesPerAddress",
        "--max-memory-per-address",
        "the same for one IP address, and never more than half of --max-memory",
        "from 1M on, such as 256M",
        ConnectionLimits.LeastMemoryBytes,
        Default.MaxMemoryBytesPerAddress);

    private readonly OptionSetting<int?> _newClients = TypedSetting.Whole(
        "Limits:MaxNewClients",
        "--max-new-clients",
        "client ids not stored yet that one sender may bring while the server runs: an address, an IPv6 network (/64), a user of Unix "
            + "sockets. Beyond it a new id is 'busy'",
        1,
        otherwise: (int?)Default.MaxNewClients,
        isReloadable: true);

    private readonly OptionSetting<int?> _newClientRate = TypedSetting.Whole(
        "Limits:NewClientRate",
        "--new-client-rate",
        "how many of them a second; ten seconds' worth may come at once",
        1,
        1_000_000,
        (int?)Default.NewClientRate,
        isReloadable: true);

    private readonly OptionSetting<TimeSpan?> _idle = TypedSetting.Time(
        "Limits:IdleTimeout", "--idle-timeout", "how long a connection may move no byte", "10m or 1h", "1h", isReloadable: true);

    private readonly OptionSetting<TimeSpan?> _unit = TypedSetting.Time(
        "Limits:UnitTimeout",
        "--unit-timeout",
        "how long a header or preface may take from its first byte to its last",
        "10s or 1m",
        "10s",
        isReloadable: true);

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All =>
        [_connections, _perAddress, _unix, _handshakes, _memory, _memoryPerAddress, _newClients, _newClientRate, _idle, _unit];

    /// <summary>What they say.</summary>
    public ConnectionLimits Read(ServeConfiguration configuration) => new()
    {
        MaxConnections = configuration.Get(_connections)!.Value,
        MaxConnectionsPerAddress = configuration.Get(_perAddress)!.Value,
        MaxUnixConnections = configuration.Get(_unix)!.Value,
        MaxHandshakesPerAddress = configuration.Get(_handshakes)!.Value,
        MaxMemoryBytes = configuration.Get(_memory)!.Value,
        MaxMemoryBytesPerAddress = configuration.Get(_memoryPerAddress)!.Value,
        MaxNewClients = configuration.Get(_newClients)!.Value,
        NewClientRate = configuration.Get(_newClientRate)!.Value,
        IdleTimeout = configuration.Get(_idle)!.Value,
        UnitTimeout = configuration.Get(_unit)!.Value,
    };
}
