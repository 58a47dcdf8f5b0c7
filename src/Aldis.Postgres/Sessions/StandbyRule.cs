using System.Globalization;
using Aldis.Journal.Stores;

namespace Aldis.Postgres.Sessions;

/// <summary>Whether a database can keep what an acknowledgement means, as far as standbys go.</summary>
internal static class StandbyRule
{
    /// <summary>Why nothing is acknowledged at a level for now.</summary>
    /// <param name="state">How the database is.</param>
    /// <param name="isReplicated">Whether every acknowledgement means <c>replicated</c>.</param>
    /// <returns>A sentence without its full stop; null where all is well.</returns>
    public static string? WhyNot(DatabaseState state, bool isReplicated) => state is { WaitsForStandbys: true, Standbys: 0 } ? NoStandby(state.Host)
        : isReplicated && !state.WaitsForStandbys
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"commits at {state.Host} wait for no standby, and the level is replicated: synchronous_standby_names is empty")
            : null;

    /// <summary>The sentence for a node whose commits wait in vain.</summary>
    public static string NoStandby(string host) => $"commits at {host} wait for a standby, and none is there";
}
