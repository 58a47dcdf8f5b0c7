namespace Aldis.Cli.Verbs.Serve;

/// <summary>Where messages are kept beside other servers.</summary>
/// <param name="Address">The address of a store, as <see cref="Postgres.Addresses.StoreAddress"/> reads it.</param>
/// <param name="Node">The server's own id; null where the one of the data directory counts.</param>
internal sealed record DatabasePlace(string Address, string? Node);
