using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Scenarios;

/// <summary>A network by its name.</summary>
/// <param name="Name">The name, in lower case.</param>
/// <param name="ToTarget">What it does on the way to the target: up.</param>
/// <param name="ToClient">What it does on the way back: down.</param>
/// <param name="Source">Where its figures are from.</param>
internal sealed record LinkProfile(string Name, LinkFaults ToTarget, LinkFaults ToClient, string Source)
{
    /// <summary>What it does in one direction.</summary>
    /// <param name="direction">Which.</param>
    public LinkFaults this[LinkDirection direction] => direction == LinkDirection.ToTarget ? ToTarget : ToClient;
}
