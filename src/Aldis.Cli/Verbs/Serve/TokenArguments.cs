using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Services.Access;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Tokens</c>: who may be which client.</summary>
internal sealed class TokenArguments
{
    private const string FileFlag = "--tokens";
    private const string ExemptFlag = "--tokens-exempt";

    private readonly OptionSetting<string?> _file = TypedSetting.Text(
        "Tokens:File",
        FileFlag,
        "FILE",
        "ask every client for a token whose hash is a line of FILE ('aldis token new' prints it; docs/tokens.md), which is read again when it "
            + "changes and at SIGHUP; nobody is asked if left out");

    private readonly OptionSetting<ExemptPeers?> _exempt = TypedSetting.Choice(
        "Tokens:Exempt",
        ExemptFlag,
        "who needs no token all the same; nobody if left out. Behind a proxy on this machine everybody is loopback",
        otherwise: null,
        ("loopback", ExemptPeers.Loopback),
        ("unix", ExemptPeers.Unix),
        ("loopback,unix", ExemptPeers.Loopback | ExemptPeers.Unix));

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All => [_file, _exempt];

    /// <summary>What they say.</summary>
    /// <returns>Null where no token is asked for.</returns>
    /// <exception cref="UsageException">Somebody is exempt from nothing.</exception>
    public TokenPlace? Read(ServeConfiguration configuration)
    {
        ExemptPeers? exempt = configuration.Get(_exempt);
        return configuration.Get(_file) is { } path ? new TokenPlace(path, exempt ?? ExemptPeers.None)
            : exempt is null ? null : throw configuration.Lacks(_exempt, _file, "nobody is asked for a token.");
    }
}
