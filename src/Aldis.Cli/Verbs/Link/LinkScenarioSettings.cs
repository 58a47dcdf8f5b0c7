namespace Aldis.Cli.Verbs.Link;

/// <summary>What is to happen to a link, who may change it, and where it is written down.</summary>
internal sealed record LinkScenarioSettings
{
    /// <summary>Where the API listens if nothing else is said.</summary>
    public const string DefaultApi = "localhost:8474";

    /// <summary>A network with a name; null for none.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether the networks with a name are listed, and nothing else is done.</summary>
    public bool ListsProfiles { get; init; }

    /// <summary>A script, or the file of one; null for none.</summary>
    public string? Script { get; init; }

    /// <summary>Where decisions are written; null for nowhere.</summary>
    public string? Log { get; init; }

    /// <summary>Whose decisions are given back; null for nobody's.</summary>
    public string? Replay { get; init; }

    /// <summary>Where the API listens; null for none.</summary>
    public string? Api { get; init; }

    /// <summary>Whether proxies of the API may listen where other machines reach them.</summary>
    public bool AllowsAnyListen { get; init; }

    /// <summary>Whether the API asks for a token.</summary>
    public bool AsksForToken { get; init; }

    /// <summary>The file of that token; null for the environment.</summary>
    public string? TokenFile { get; init; }
}
