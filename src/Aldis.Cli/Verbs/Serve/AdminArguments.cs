using Aldis.Cli.Verbs.Serve.Admin;
using Aldis.Cli.Verbs.Serve.Configuration;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Admin</c>.</summary>
internal sealed class AdminArguments
{
    private readonly OptionSetting<string?> _address = TypedSetting.Text(
        "Admin:Address",
        "--admin",
        "ADDR",
        "where /healthz, /readyz and /metrics (for Prometheus) are answered over HTTP, for example 127.0.0.1:9464; nowhere if left out. Whoever "
            + "reaches it may ask");

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All => [_address];

    /// <summary>What they say.</summary>
    /// <returns>Null where nothing is to be shown.</returns>
    /// <exception cref="UsageException">It is no address.</exception>
    public AdminPlace? Read(ServeConfiguration configuration) => configuration.Get(_address) is string text ? AdminPlace.Parse(text) : null;
}
