using System.Globalization;

namespace Aldis.Postgres.Sessions;

/// <summary>What a database said of itself when it was last looked at.</summary>
/// <param name="Host">The node that writes.</param>
/// <param name="WaitsForStandbys">Whether commits wait for a standby.</param>
/// <param name="Standbys">How many standbys they could wait for are there.</param>
/// <param name="LagBytes">How much of the log the nearest of them has not flushed yet; null where there is none.</param>
internal sealed record StoreState(string Host, bool WaitsForStandbys, int Standbys, long? LagBytes)
{
    /// <summary>Why nothing is acknowledged at a level for now.</summary>
    /// <param name="isReplicated">Whether every acknowledgement means <c>replicated</c>.</param>
    /// <returns>A sentence without its full stop; null where all is well.</returns>
    public string? WhyNot(bool isReplicated) => WaitsForStandbys && Standbys == 0 ? NoStandby(Host)
        : isReplicated && !WaitsForStandbys
            ? string.Create(
                CultureInfo.InvariantCulture, $"commits at {Host} wait for no standby, and the level is replicated: synchronous_standby_names is empty")
            : null;

    /// <summary>The sentence for a node whose commits wait in vain.</summary>
    public static string NoStandby(string host) => $"commits at {host} wait for a standby, and none is there";
}
