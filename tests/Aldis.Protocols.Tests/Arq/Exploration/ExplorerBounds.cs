namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>How often each fault may happen on one path; or how often it has happened.</summary>
internal readonly record struct ExplorerBounds(int Drops, int Duplicates, int Timers)
{
    private const int MostDrops = 3;
    private const int MostDuplicates = 2;

    /// <summary>All counts as one number, below 63 for 3 losses, 2 copies and 4 timers, or for 5 timers alone.</summary>
    public int Index => (((Timers * (MostDuplicates + 1)) + Duplicates) * (MostDrops + 1)) + Drops;

    /// <summary>Whether a move may be made after those counted here, within bounds.</summary>
    public bool Allows(ExplorerMove move, in ExplorerBounds bounds) => move switch
    {
        ExplorerMove.Drop => Drops < bounds.Drops,
        ExplorerMove.Duplicate => Duplicates < bounds.Duplicates,
        ExplorerMove.FireTimer => Timers < bounds.Timers,
        _ => true,
    };

    /// <summary>The counts after a move.</summary>
    public ExplorerBounds After(ExplorerMove move) => move switch
    {
        ExplorerMove.Drop => this with { Drops = Drops + 1 },
        ExplorerMove.Duplicate => this with { Duplicates = Duplicates + 1 },
        ExplorerMove.FireTimer => this with { Timers = Timers + 1 },
        _ => this,
    };

    /// <summary>One bit for each count vector within bounds that has consumed at least as much: whoever arrives there later finds
    /// nothing new.</summary>
    public ulong Dominated(in ExplorerBounds bounds)
    {
        ulong bits = 0;
        for (int drops = Drops; drops <= bounds.Drops; drops++)
        {
            for (int duplicates = Duplicates; duplicates <= bounds.Duplicates; duplicates++)
            {
                for (int timers = Timers; timers <= bounds.Timers; timers++)
                {
                    bits |= 1UL << new ExplorerBounds(drops, duplicates, timers).Index;
                }
            }
        }

        return bits;
    }
}
