using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Limits</c>, as far as it says what is stored of messages, and of how much the disk stays free.</summary>
internal sealed class StoreLimitArguments
{
    private static readonly MessageStoreOptions Default = new() { Directory = string.Empty };

    private readonly OptionSetting<long?> _message = TypedSetting.Size(
        "Limits:MaxMessageBytes",
        "--max-message-size",
        "bytes of the longest message, 16M at most; longer ones are refused as 'too-large'",
        "from 1 to 16M, such as 64K",
        otherwise: Default.MaxMessageBytes,
        most: MessageLimits.MaxStoredLength);

    private readonly OptionSetting<int?> _clients = TypedSetting.Whole(
        "Limits:MaxClients",
        "--max-clients",
        "client ids of messages that the journal knows; beyond them a new id is 'busy', until some are forgotten",
        1,
        otherwise: (int?)Default.MaxClients);

    private readonly OptionSetting<long?> _floor = TypedSetting.Size(
        "Limits:FreeSpaceFloor",
        "--free-space-floor",
        "bytes of each disk that stay free; below them messages and files are refused as 'disk-full'",
        "from 1M on, such as 256M or 5G",
        1 << 20,
        Default.FreeSpaceFloorBytes);

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All => [_message, _clients, _floor];

    /// <summary>What they say.</summary>
    public StoreLimits Read(ServeConfiguration configuration) => new(
        (int)configuration.Get(_message)!.Value, configuration.Get(_clients)!.Value, configuration.Get(_floor)!.Value);
}
