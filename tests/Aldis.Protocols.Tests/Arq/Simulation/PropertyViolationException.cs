namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>A property did not hold.</summary>
internal sealed class PropertyViolationException(Property property, string detail, Exception? inner = null)
    : Exception($"{property}: {detail}", inner)
{
    public Property Property { get; } = property;
}
