namespace Aldis.Postgres.Sessions;

/// <summary>The nodes of a database: finds the one that writes.</summary>
internal interface IStoreHosts
{
    /// <summary>Connects to the node that writes.</summary>
    /// <param name="purpose">What for, as the database shows it.</param>
    /// <returns>The session; null where there is none now. Why not was told.</returns>
    Task<IStoreSession?> ConnectAsync(string purpose);
}
