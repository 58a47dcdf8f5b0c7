using Aldis.Cli.Verbs.Serve.Configuration;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Dashboard</c>.</summary>
internal sealed class DashboardArguments
{
    private readonly OptionSetting<string?> _address = TypedSetting.Text(
        "Dashboard:Address",
        "--dashboard",
        "ADDR",
        "where the dashboard is shown in a browser, for whoever has the token of the DASHBOARD line; 'off' shows none. "
            + "'https://any:8443?cert=cert.pem&key=key.pem' is for other machines",
        DashboardPlace.Default);

    private readonly OptionSetting<bool> _insecure = TypedSetting.Flag(
        "Dashboard:Insecure",
        "--dashboard-insecure",
        "let the dashboard be open to other machines without TLS: whoever listens reads the token");

    private readonly OptionSetting<bool> _control = TypedSetting.Flag(
        "Dashboard:Control",
        "--dashboard-control",
        "let the dashboard change something: end a connection, take a token back and give it back. Otherwise it only shows");

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All => [_address, _insecure, _control];

    /// <summary>What they say.</summary>
    /// <param name="configuration">Where they say it.</param>
    /// <param name="tls">The TLS of an address that does not say it itself.</param>
    /// <returns>Null where none is to be shown.</returns>
    /// <exception cref="UsageException">It is no address of a dashboard, or one that would show everything to whoever listens.</exception>
    public DashboardPlace? Read(ServeConfiguration configuration, TlsDefaults tls) =>
        DashboardPlace.Parse(configuration.Get(_address)!, configuration.Get(_insecure), tls) is { } place
            ? place with { AllowsControl = configuration.Get(_control) }
            : null;
}
