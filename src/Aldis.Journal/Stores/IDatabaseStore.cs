namespace Aldis.Journal.Stores;

/// <summary>A store in a database, which tells how that is.</summary>
internal interface IDatabaseStore
{
    /// <summary>What the database said of itself when it was last looked at; null while it does not answer.</summary>
    DatabaseState? State { get; }
}

/// <summary>What a database said of itself.</summary>
/// <param name="Host">The node that writes.</param>
/// <param name="WaitsForStandbys">Whether commits wait for a standby.</param>
/// <param name="Standbys">How many standbys they could wait for are there.</param>
/// <param name="LagBytes">How much of the log the nearest of them has not on its disk yet; null where there is none.</param>
internal sealed record DatabaseState(string Host, bool WaitsForStandbys, int Standbys, long? LagBytes);
