namespace Aldis.Protocols.Impairment;

/// <summary>Changes the faults of a relay while it runs: of the clients that are there and of those that come.</summary>
internal interface ILinkControl
{
    /// <summary>What a direction does now.</summary>
    /// <param name="direction">Which.</param>
    /// <returns>Its layers, the first that is met first.</returns>
    IReadOnlyList<LinkLayer> LayersOf(LinkDirection direction);

    /// <summary>Replaces them. What was decided before stays as it was decided.</summary>
    /// <param name="direction">Which.</param>
    /// <param name="layers">The new ones; none for a link that does nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">A fault is out of its range; the message names it.</exception>
    void SetLayers(LinkDirection direction, IReadOnlyList<LinkLayer> layers);
}
