namespace Aldis.Benchmarks.Hostile;

/// <summary>How a server is started that is going to be attacked.</summary>
/// <param name="Words">The words after <c>aldis serve</c>.</param>
internal sealed record ServerSetup(params string[] Words)
{
    /// <summary>Its data directory; one of its own if left out.</summary>
    public string? Data { get; init; }

    /// <summary>The most descriptors it may open; 0 leaves what it inherits.</summary>
    public int Descriptors { get; init; }

    /// <summary>What is added to its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
