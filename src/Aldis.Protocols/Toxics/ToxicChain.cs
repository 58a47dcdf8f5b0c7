namespace Aldis.Protocols.Toxics;

/// <summary>The toxics of a proxy, in the order in which they came. Not thread-safe.</summary>
internal sealed class ToxicChain
{
    /// <summary>The most toxics of a proxy.</summary>
    public const int MaxToxics = 64;

    private readonly List<Toxic> _toxics = [];

    /// <summary>Those of the way to the target first, as toxiproxy lists them.</summary>
    public IEnumerable<Toxic> All => _toxics.OrderBy(static toxic => toxic.Stream);

    /// <summary>Adds a toxic.</summary>
    /// <param name="toxic">The toxic.</param>
    /// <exception cref="ApiRefusalException">Its name is taken, or there are too many.</exception>
    public void Add(Toxic toxic)
    {
        if (_toxics.Exists(other => other.Name == toxic.Name))
        {
            throw new ApiRefusalException(
                409, "toxic already exists", "A proxy has one toxic of a name: give this one another \"name\", or change the one that is there.");
        }

        if (_toxics.Count == MaxToxics)
        {
            throw new ApiRefusalException(429, "too many toxics", $"A proxy has {MaxToxics} toxics at most: delete one first.");
        }

        _toxics.Add(toxic);
    }

    /// <summary>Finds a toxic.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The toxic.</returns>
    /// <exception cref="ApiRefusalException">There is none.</exception>
    public Toxic Get(string name) => _toxics.Find(toxic => toxic.Name == name) ?? throw new ApiRefusalException(404, "toxic not found");

    /// <summary>Puts a toxic in the place of another.</summary>
    /// <param name="toxic">The toxic as it is from now on; one of its name is there.</param>
    public void Replace(Toxic toxic) => _toxics[_toxics.FindIndex(other => other.Name == toxic.Name)] = toxic;

    /// <summary>Takes a toxic away.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>What it was.</returns>
    /// <exception cref="ApiRefusalException">There is none.</exception>
    public Toxic Remove(string name)
    {
        Toxic toxic = Get(name);
        _toxics.Remove(toxic);
        return toxic;
    }
}
