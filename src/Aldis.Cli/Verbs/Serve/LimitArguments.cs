using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Services.Hosting;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Limits</c>: what protects a server from its clients (<see cref="ConnectionLimits"/>, whose names it has).</summary>
internal sealed class LimitArguments
{
    private const int MostPerSecond = 1_000_000;

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

    private readonly OptionSetting<int?> _acceptRate = TypedSetting.Whole(
        "Limits:AcceptRate",
        "--accept-rate",
        "connections admitted a second in all; four seconds' worth may come at once",
        1,
        MostPerSecond,
        (int?)Default.AcceptRate,
        isReloadable: true);

    private readonly OptionSetting<int?> _acceptRatePerAddress = TypedSetting.Whole(
        "Limits:AcceptRatePerAddress",
        "--accept-rate-per-address",
        "the same from one IP address; an IPv6 network (/64) is one, and a user of a Unix socket",
        1,
        MostPerSecond,
        (int?)Default.AcceptRatePerAddress,
        isReloadable: true);

    private readonly OptionSetting<int?> _handshakesInAll = TypedSetting.Whole(
        "Limits:MaxHandshakes",
        "--max-handshakes",
        "handshakes (TLS, prefaces of native clients) under way at once in all; further ones wait, and their addresses take turns",
        1,
        otherwise: (int?)Default.MaxHandshakes,
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
        MostPerSecond,
        (int?)Default.NewClientRate,
        isReloadable: true);

    private readonly OptionSetting<int?> _messageRate = TypedSetting.Whole(
        "Limits:MessageRate",
        "--message-rate",
        "messages a second of one client, an id or in the plain form an address; ten seconds' worth may come at once. Beyond it they are "
            + "'busy'",
        1,
        MostPerSecond,
        (int?)Default.MessageRate,
        isReloadable: true);

    private readonly OptionSetting<long?> _messageQuota = TypedSetting.Size(
        "Limits:MessageBytesPerDay",
        "--message-quota",
        "bytes of messages that one such client may have stored in a day, for example 20G; beyond them they are 'busy'",
        "from 1M on, such as 500M or 20G",
        1 << 20,
        Default.MessageBytesPerDay,
        isReloadable: true);

    private readonly OptionSetting<int?> _minDataRate = TypedSetting.Whole(
        "Limits:MinDataRate",
        "--min-data-rate",
        "bytes a second that a message under way moves at least, over a minute; a connection that is slower is ended",
        1,
        MostPerSecond,
        (int?)Default.MinDataRate,
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
    [
        _connections, _perAddress, _unix, _acceptRate, _acceptRatePerAddress, _handshakesInAll, _handshakes, _memory, _memoryPerAddress,
        _newClients, _newClientRate, _messageRate, _messageQuota, _minDataRate, _idle, _unit,
    ];

    /// <summary>What they say.</summary>
    public ConnectionLimits Read(ServeConfiguration configuration) => new()
    {
        MaxConnections = configuration.Get(_connections)!.Value,
        MaxConnectionsPerAddress = configuration.Get(_perAddress)!.Value,
        MaxUnixConnections = configuration.Get(_unix)!.Value,
        AcceptRate = configuration.Get(_acceptRate)!.Value,
        AcceptRatePerAddress = configuration.Get(_acceptRatePerAddress)!.Value,
        MaxHandshakes = configuration.Get(_handshakesInAll)!.Value,
        MaxHandshakesPerAddress = configuration.Get(_handshakes)!.Value,
        MaxMemoryBytes = configuration.Get(_memory)!.Value,
        MaxMemoryBytesPerAddress = configuration.Get(_memoryPerAddress)!.Value,
        MaxNewClients = configuration.Get(_newClients)!.Value,
        NewClientRate = configuration.Get(_newClientRate)!.Value,
        MessageRate = configuration.Get(_messageRate)!.Value,
        MessageBytesPerDay = configuration.Get(_messageQuota)!.Value,
        MinDataRate = configuration.Get(_minDataRate)!.Value,
        IdleTimeout = configuration.Get(_idle)!.Value,
        UnitTimeout = configuration.Get(_unit)!.Value,
    };
}
