using Aldis.Protocols.Impairment;

namespace Aldis.Cli.Verbs.Link;

/// <summary>What was asked of <c>aldis link</c>.</summary>
/// <param name="Listen">Where clients come to; null where only the API is wanted.</param>
/// <param name="Target">Where the server is; null with it.</param>
/// <param name="Scenario">What is to happen to it, who may change it, and where it is written down.</param>
/// <param name="Seed">Decides every draw; null to draw it.</param>
/// <param name="MaxClients">Clients at once; null for the default.</param>
/// <param name="Idle">After which a client is forgotten; null for the default.</param>
/// <param name="IsQuiet">Whether people are told only what they must know.</param>
/// <param name="Faults">Adds the faults that were asked for in a direction to those that are there.</param>
internal sealed record LinkSettings(
    string? Listen,
    string? Target,
    LinkScenarioSettings Scenario,
    ulong? Seed,
    int? MaxClients,
    TimeSpan? Idle,
    bool IsQuiet,
    Func<LinkDirection, LinkFaults, LinkFaults> Faults);
