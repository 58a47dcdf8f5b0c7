using System.CommandLine;
using System.CommandLine.Parsing;

namespace Aldis.Cli.Verbs.Link;

/// <summary>The options of <c>aldis link</c> that say what is to happen, who may change it, and where it is written down.</summary>
internal sealed class LinkScenarioOptions
{
    private readonly Option<string?> _profile = new("--profile")
    {
        HelpName = "NAME",
        Description = "be a network with a name, such as 3g; FILE.json or FILE.json:NAME for one's own",
    };

    private readonly Option<bool> _profiles = new("--profiles") { Description = "list the networks with a name, their figures and their sources" };

    private readonly Option<string?> _script = new("--script")
    {
        HelpName = "SCRIPT",
        Description = "what happens when: 'at 5s loss 30%; at 8s cut; at 10s restore', or a file with such lines",
    };

    private readonly Option<string?> _log = new("--log")
    {
        HelpName = "FILE",
        Description = "write every decision into FILE, a line of JSON each",
    };

    private readonly Option<string?> _replay = new("--replay")
    {
        HelpName = "FILE",
        Description = "decide as the log in FILE says, whatever traffic comes",
    };

    private readonly Option<string?> _api = new("--api")
    {
        HelpName = "ADDR",
        Arity = ArgumentArity.ZeroOrOne,
        Description = "answer toxiproxy's clients at ADDR, on loopback; default localhost:8474. LISTEN and TARGET may be left out then",
    };

    private readonly Option<bool> _apiAny = new("--api-any") { Description = "proxies of the API may listen where other machines reach them" };

    private readonly Option<string?> _apiToken = new("--api-token")
    {
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrOne,
        Description = $"the API asks for the token in FILE, or in {LinkFiles.TokenVariable} without FILE",
    };

    /// <summary>All of them, for the command.</summary>
    public IEnumerable<Option> All => [_profile, _profiles, _script, _log, _replay, _api, _apiAny, _apiToken];

    /// <summary>Reads what was asked for.</summary>
    /// <param name="call">The command line.</param>
    /// <param name="listen">The first word, or null.</param>
    /// <param name="target">The second word, or null.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="UsageException">It does not go together.</exception>
    public LinkScenarioSettings Read(ParseResult call, string? listen, string? target)
    {
        bool hasApi = call.GetResult(_api) is { Implicit: false };
        bool hasToken = call.GetResult(_apiToken) is { Implicit: false };
        var settings = new LinkScenarioSettings
        {
            Profile = call.GetValue(_profile),
            ListsProfiles = call.GetValue(_profiles),
            Script = call.GetValue(_script),
            Log = call.GetValue(_log),
            Replay = call.GetValue(_replay),
            Api = hasApi ? call.GetValue(_api) ?? LinkScenarioSettings.DefaultApi : null,
            AllowsAnyListen = call.GetValue(_apiAny),
            AsksForToken = hasToken,
            TokenFile = call.GetValue(_apiToken),
        };
        RefuseMissingPlaces(call, settings, listen, target);
        string? only = listen is not null || settings.ListsProfiles ? null
            : settings.Profile is not null ? _profile.Name
            : settings.Script is not null ? _script.Name
            : settings.Replay is not null ? _replay.Name
            : null;
        if (only is not null)
        {
            throw new UsageException($"{only} is for a link from LISTEN to TARGET; what proxies of the API do, their toxics say.");
        }

        if (!hasApi && (settings.AllowsAnyListen || hasToken))
        {
            throw new UsageException($"{(hasToken ? _apiToken : (Option)_apiAny).Name} goes with {_api.Name}.");
        }

        if (settings is { Log: string log, Replay: string replay } && Path.GetFullPath(log) == Path.GetFullPath(replay))
        {
            throw new UsageException($"{_log.Name} and {_replay.Name} name one file: it would be gone before it is read.");
        }

        return settings;
    }

    // An option whose value may be left out takes the word behind it, which may have been meant for LISTEN.
    private void RefuseMissingPlaces(ParseResult call, LinkScenarioSettings settings, string? listen, string? target)
    {
        if (target is not null || settings.ListsProfiles || (listen is null && settings.Api is not null))
        {
            return;
        }

        Option<string?>? taker = ((Option<string?>[])[_api, _apiToken]).FirstOrDefault(option => call.GetResult(option) is { Tokens.Count: 1 });
        throw new UsageException(taker is null
            ? "link needs LISTEN TARGET."
            : $"link needs LISTEN TARGET: '{call.GetValue(taker)}' is the {taker.HelpName} of {taker.Name}; put {taker.Name} behind them.");
    }
}
