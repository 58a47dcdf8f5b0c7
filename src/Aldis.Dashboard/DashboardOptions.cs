using Aldis.Journal.Embedded;

namespace Aldis.Dashboard;

/// <summary>How a dashboard is shown.</summary>
public sealed record DashboardOptions
{
    /// <summary>
    /// The directory of <c>dashboard.token</c> and <c>dashboard.key</c>, made where they are missing, for their owner alone. Usually the
    /// directory where the server keeps its data; it exists.
    /// </summary>
    public required string SecretsDirectory { get; init; }

    /// <summary>The directory of the journal that the pages of messages and clients read; null where there is none.</summary>
    public string? JournalDirectory { get; init; }

    /// <summary>What stays free of the journal's disk, in bytes.</summary>
    internal long FreeSpaceFloorBytes { get; init; } = new JournalOptions { Directory = string.Empty }.FreeSpaceFloorBytes;
    /// <summary>Whether whoever sees it may change something: end a connection, take a token back and give it back. Otherwise it only
    /// shows, and every such request is refused.</summary>
    public bool AllowsControl { get; init; }

    /// <summary>Names under which the dashboard may be asked for, without a port, beside those of this machine's loopback.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Whether it may be asked for by any IP address: of a dashboard that other machines reach at the addresses of this one. A name
    /// that leads here is refused all the same, unless it is among <see cref="AllowedHosts"/>.</summary>
    public bool AllowsAnyAddress { get; init; }
}
