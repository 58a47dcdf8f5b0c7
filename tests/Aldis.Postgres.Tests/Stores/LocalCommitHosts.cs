using Aldis.Postgres.Addresses;
using Aldis.Postgres.Sessions;
using Npgsql;

namespace Aldis.Postgres.Tests.Stores;

/// <summary>A store with the fault that replication is to prevent: its statements are committed where the primary alone has them.</summary>
internal sealed class LocalCommitHosts(string connection, SessionOptions options) : IStoreHosts
{
    public async Task<IStoreSession?> ConnectAsync(string purpose)
    {
        var open = new NpgsqlConnection(connection + ";Options=-c synchronous_commit=local");
        await open.OpenAsync();
        return new PostgresSession(open, new StoreHost("local", 1), options, static (_, _) => { });
    }
}
