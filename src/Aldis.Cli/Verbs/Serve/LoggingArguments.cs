using Aldis.Cli.Verbs.Serve.Configuration;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Logging</c>.</summary>
internal sealed class LoggingArguments
{
    private readonly OptionSetting<bool> _showPayload = TypedSetting.Flag(
        "Logging:ShowPayload", "--show-payload", "events of --json carry text, not only lengths");

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All => [_showPayload];

    /// <summary>Whether events carry text.</summary>
    public bool ReadShowPayload(ServeConfiguration configuration) => configuration.Get(_showPayload);
}
