namespace Aldis.Postgres.Sessions;

/// <summary>What every session of a store has in common.</summary>
/// <param name="Node">The server's own id, which the database shows with each connection.</param>
/// <param name="Proves">Whether a commit is looked for on a standby before it counts.</param>
/// <param name="Window">How many CRCs of each client are read.</param>
/// <param name="Time">The clock.</param>
internal sealed record SessionOptions(string Node, bool Proves, int Window, TimeProvider Time);
