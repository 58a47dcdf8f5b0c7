using System.CommandLine;
using Aldis.Cli.Logging;
using Aldis.Cli.Verbs.Serve.Configuration;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Logging</c>.</summary>
internal sealed class LoggingArguments
{
    private const string FormatFlag = "--log-format";
    private const string LevelFlag = "--log-level";

    private readonly OptionSetting<LogFormat?> _format = TypedSetting.Choice(
        "Logging:Format",
        FormatFlag,
        "keep a log on stderr, a record on each line and none of a payload, instead of lines for people",
        otherwise: null,
        ("text", LogFormat.Text),
        ("json", LogFormat.Json));

    private readonly WordsSetting _levels = new(
        "Logging:Levels",
        new Option<string[]>(LevelFlag)
        {
            HelpName = "[CATEGORY=]LEVEL",
            Description = "from which level on that log has records: trace, debug, information, warning, error, critical or none; of a "
                + "category alone with its name before it, for example messages=debug. May be repeated; information if left out",
        },
        whyNot: LogLevels.WhyNot)
    {
        IsReloadable = true,
    };

    private readonly OptionSetting<bool> _showPayload = TypedSetting.Flag(
        "Logging:ShowPayload", "--show-payload", "events of --json carry text, not only lengths");

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All => [_format, _levels, _showPayload];

    /// <summary>Whether events carry text.</summary>
    public bool ReadShowPayload(ServeConfiguration configuration) => configuration.Get(_showPayload);

    /// <summary>The log that is to be kept.</summary>
    /// <param name="configuration">What is set.</param>
    /// <returns>Null for none.</returns>
    /// <exception cref="UsageException">There are levels without a log.</exception>
    public LogSettings? Read(ServeConfiguration configuration)
    {
        string[] levels = configuration.Get(_levels);
        return configuration.Get(_format) is { } format ? new LogSettings(format, LogLevels.Parse(levels))
            : levels.Length == 0 ? null : throw configuration.Lacks(_levels, _format, "no log is kept.");
    }
}
