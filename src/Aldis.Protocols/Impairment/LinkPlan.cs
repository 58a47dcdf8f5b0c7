using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Impairment;

/// <summary>
/// What a relay does to whom: the layers of both directions, and the seed that decides which clients they fall upon and everything that is
/// drawn for each. Thread-safe.
/// </summary>
/// <param name="seed">Decides every draw.</param>
internal sealed class LinkPlan(ulong seed) : ILinkControl
{
    private readonly Lock _lock = new();
    private readonly IReadOnlyList<LinkLayer>[] _layers = [[], []];
    private int _version;
    private bool _isCut;

    /// <summary>Decides every draw.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>Whether the cable is pulled in both directions, whatever the layers say.</summary>
    public bool IsCut
    {
        get => Volatile.Read(ref _isCut);
        set
        {
            Volatile.Write(ref _isCut, value);
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>Another number after each change.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Whether every new connection is refused, whoever comes.</summary>
    public bool IsRefusingAll =>
        LayersOf(LinkDirection.ToTarget).Concat(LayersOf(LinkDirection.ToClient)).Any(
            static layer => layer is { Faults.IsRefusing: true, Share: 1, Clients: null });

    /// <inheritdoc/>
    public IReadOnlyList<LinkLayer> LayersOf(LinkDirection direction)
    {
        lock (_lock)
        {
            return _layers[(int)direction];
        }
    }

    /// <inheritdoc/>
    public void SetLayers(LinkDirection direction, IReadOnlyList<LinkLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        foreach (LinkLayer layer in layers)
        {
            layer.Faults.Validate();
            LinkOptions.RequireProbability(layer.Share);
        }

        lock (_lock)
        {
            _layers[(int)direction] = [.. layers];
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>What one client, or connection, has of them: the same each time it is asked.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="client">Its number, counted from 1.</param>
    /// <returns>The faults of the layers that fall upon it, behind one another.</returns>
    public LinkFaults FaultsOf(LinkDirection direction, long client)
    {
        LinkFaults faults = LinkFaults.None;
        foreach (LinkLayer layer in LayersOf(direction))
        {
            if (layer.Clients?.Invoke(client) != false && new SeededRandom(NamedSeed.Of(Seed, layer.Name, client)).Chance(layer.Share))
            {
                faults = ReferenceEquals(faults, LinkFaults.None) ? layer.Faults : faults.Then(layer.Faults);
            }
        }

        return IsCut ? faults with { IsCut = true } : faults;
    }

    /// <summary>The seed of what is drawn for one client in one direction.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="client">Its number, counted from 1.</param>
    /// <returns>A seed.</returns>
    public ulong SeedOf(LinkDirection direction, long client) => NamedSeed.Of(Seed, direction.ToString(), client);
}
