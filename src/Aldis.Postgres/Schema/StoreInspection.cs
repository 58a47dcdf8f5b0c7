using System.Globalization;
using Aldis.Postgres.Addresses;

namespace Aldis.Postgres.Schema;

/// <summary>What the nodes of a store said.</summary>
/// <param name="Nodes">Each of them, in the order of the address.</param>
/// <param name="Writes">The one that messages would be written to; null where none writes.</param>
internal sealed record StoreInspection(IReadOnlyList<StoreNodeReport> Nodes, StoreNodeReport? Writes)
{
    /// <summary>Why a server could not keep messages there, or not at a level.</summary>
    /// <param name="isReplicated">Whether every acknowledgement means <c>replicated</c>.</param>
    /// <returns>Sentences with what to do; none where all is well.</returns>
    public IEnumerable<string> Problems(bool isReplicated)
    {
        if (Writes is not { } node)
        {
            yield return "no node writes: every acknowledgement waits until one does.";
            yield break;
        }

        if (node.SchemaVersion is null)
        {
            yield return StoreSchema.Missing;
        }
        else if (node.SchemaVersion != StoreSchema.Version)
        {
            string what = node.SchemaVersion < StoreSchema.Version ? "'aldis store migrate' brings it up to date" : "use the newer program";
            yield return string.Create(
                CultureInfo.InvariantCulture, $"the store has version {node.SchemaVersion}, and this program writes {StoreSchema.Version}: {what}.");
        }
        else if (!node.MayWrite)
        {
            yield return $"user {node.User} may not write: 'grant aldis_writer to \"{node.User}\"' lets it.";
        }

        if (node is { WaitsForStandbys: true, Standbys: 0 })
        {
            yield return "commits wait for a standby, and none is there: nothing is acknowledged until one is.";
        }
        else if (isReplicated && !node.WaitsForStandbys)
        {
            yield return "commits wait for no standby, so nothing is acknowledged at level replicated: set synchronous_standby_names.";
        }
    }
}

/// <summary>What one node said.</summary>
/// <param name="Host">The node.</param>
internal sealed record StoreNodeReport(StoreHost Host)
{
    /// <summary>Its timeline; null where it is in recovery, or did not answer.</summary>
    public uint? Timeline { get; init; }

    /// <summary>Whether its commits wait for standbys.</summary>
    public bool WaitsForStandbys { get; init; }

    /// <summary>How many standbys they can wait for are there.</summary>
    public int Standbys { get; init; }

    /// <summary>Who asked.</summary>
    public string? User { get; init; }

    /// <summary>Whether that user has what a server needs.</summary>
    public bool MayWrite { get; init; }

    /// <summary>The version of its tables; null where there are none.</summary>
    public int? SchemaVersion { get; init; }

    /// <summary>Why it did not answer, without a full stop; null where it did.</summary>
    public string? Problem { get; init; }

    /// <summary>What it is at: <c>primary</c>, <c>standby</c> or <c>unreachable</c>.</summary>
    public string State => Problem is not null ? "unreachable" : Timeline is null ? "standby" : "primary";

    /// <inheritdoc/>
    public override string ToString() => Problem is not null ? $"{Host}: {Problem}"
        : Timeline is null ? $"{Host}: standby"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Host}: primary, timeline {Timeline}, {(WaitsForStandbys ? $"commits wait for a standby, {Standbys} there" : "commits wait for no standby")}");
}
