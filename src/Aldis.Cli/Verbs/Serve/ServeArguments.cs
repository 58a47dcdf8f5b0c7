using System.CommandLine;
using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Services.Hosting;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>
/// Everything <c>aldis serve</c> can be told: its settings, which a file and the environment say too, section by section, and what belongs
/// to one call alone. A new setting is added to the class of its section; flag, variable, key, schema, help and document follow.
/// </summary>
internal sealed class ServeArguments
{
    private readonly ListenArguments _listen;
    private readonly LimitArguments _limits = new();
    private readonly StoreLimitArguments _stored = new();
    private readonly StoreArguments _store = new();
    private readonly InboxArguments _inbox = new();
    private readonly TlsServerArguments _tls = new();
    private readonly DashboardArguments _dashboard = new();
    private readonly AdminArguments _admin = new();
    private readonly TokenArguments _tokens = new();
    private readonly LoggingArguments _logging = new();

    private readonly Option<string?> _config = new("--config")
    {
        HelpName = "FILE",
        Description = "read settings from a JSON file (docs/configuration.md); environment variables and flags come before it. "
            + $"{ServeConfiguration.DefaultPath} if it is there and nothing else is named, here or by {ServeVariables.File}",
    };

    private readonly Option<bool> _check = new("--check")
    {
        Description = "look whether all of it can be served so, say what cannot, and end: 0 where it can, else 2",
    };

    private readonly Option<bool> _printConfig = new("--print-config")
    {
        Description = "print every setting with its value and where it is from, as JSON, and end",
    };

    private readonly Option<bool> _repair = new("--repair") { Description = "open a damaged journal, keep what is sound and say what is lost" };
    private readonly Option<bool> _json = VerbContext.JsonOption();

    private readonly Option<string?> _keyLog = KeyLog.NewOption();

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "nothing of what happens; what is served, warnings and errors remain",
    };

    private readonly Option<bool> _verbose = new("--verbose", "-v")
    {
        Description = "every event a line of its own, with its exact time, however many come; on a terminal the LISTEN lines too",
    };

    /// <summary>Makes them.</summary>
    /// <param name="conversations">The conversations there are.</param>
    public ServeArguments(IReadOnlyList<Conversation> conversations)
    {
        _listen = new ListenArguments(conversations);
        Settings =
        [
            .. _listen.All, .. _store.All, .. _inbox.All, .. _stored.All, .. _limits.All, .. _tls.All, .. _tokens.All, .. _dashboard.All, .. _admin.All,
            .. _logging.All,
        ];
    }

    /// <summary>All settings, in the order of the help.</summary>
    public IReadOnlyList<Setting> Settings { get; }

    /// <summary>Adds them to the verb.</summary>
    /// <param name="verb">The verb.</param>
    public void AddTo(Command verb)
    {
        verb.Arguments.Add(_listen.Names);
        IEnumerable<Option> ofCall = [_config, _check, _printConfig, _repair, _keyLog, _json, _quiet, _verbose];
        foreach (Option option in Settings.Select(static setting => setting.Symbol).OfType<Option>().Concat(ofCall))
        {
            verb.Options.Add(option);
        }
    }

    /// <summary>Whether events are printed.</summary>
    public bool WantsJson(ParseResult call) => call.GetValue(_json);

    /// <summary>Whether the call is only to say whether it could be served.</summary>
    public bool IsCheck(ParseResult call) => call.GetValue(_check);

    /// <summary>Whether the call is only to print the settings.</summary>
    public bool PrintsConfiguration(ParseResult call) => call.GetValue(_printConfig);

    /// <summary>Where the keys of TLS sessions are written; null for nowhere.</summary>
    public string? ReadKeyLog(ParseResult call) => call.GetValue(_keyLog);

    /// <summary>Reads what is set, everywhere.</summary>
    /// <param name="call">The command line.</param>
    /// <exception cref="UsageException">A file that was named cannot be read.</exception>
    public ServeConfiguration Configure(ParseResult call) => ServeConfiguration.Read(
        Settings,
        call,
        call.GetValue(_config) ?? (Environment.GetEnvironmentVariable(ServeVariables.File) is { Length: > 0 } named ? named : null),
        Environment.GetEnvironmentVariables());

    /// <summary>Makes of it what the server is given.</summary>
    /// <param name="configuration">What is set, without faults.</param>
    /// <param name="call">The command line.</param>
    /// <exception cref="UsageException">Settings do not go together.</exception>
    public ServeSettings Read(ServeConfiguration configuration, ParseResult call) => new(
        _listen.ReadNames(configuration),
        _listen.ReadHost(configuration),
        _store.ReadDirectory(configuration),
        _store.ReadDatabase(configuration),
        _store.ReadLevel(configuration),
        call.GetValue(_repair),
        _store.ReadRetainAge(configuration),
        _store.ReadRetainBytes(configuration),
        _store.ReadForgetAge(configuration),
        _store.ReadMode(configuration),
        _inbox.Read(configuration),
        _limits.Read(configuration),
        _stored.Read(configuration),
        _dashboard.Read(configuration, _tls.Read(configuration)),
        _admin.Read(configuration),
        _logging.ReadShowPayload(configuration),
        call.GetValue(_quiet),
        call.GetValue(_verbose),
        _store.ReadShare(configuration),
        _tokens.Read(configuration),
        _tls.Read(configuration),
        _logging.Read(configuration));
}
