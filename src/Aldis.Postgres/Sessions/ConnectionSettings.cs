using Aldis.Postgres.Addresses;
using Npgsql;

namespace Aldis.Postgres.Sessions;

/// <summary>How a connection to a node is made. The driver finds the password: <c>PGPASSWORD</c>, the file of <c>PGPASSFILE</c>, or
/// <c>~/.pgpass</c>.</summary>
internal static class ConnectionSettings
{
    // A default of the role or the database must not weaken what a commit means; a lock is waited for shorter than a client waits; a
    // connection whose other side is gone is let go of.
    private const string Session = "-c synchronous_commit=on -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s "
        + "-c statement_timeout=0 -c tcp_user_timeout=15s -c plan_cache_mode=force_generic_plan -c client_min_messages=warning";

    /// <summary>Makes a connection that is not open yet.</summary>
    /// <param name="address">The store.</param>
    /// <param name="host">The node.</param>
    /// <param name="name">What the database calls it.</param>
    public static NpgsqlConnection Create(StoreAddress address, StoreHost host, string name)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = host.Name,
            Port = host.Port,
            Database = address.Database,
            Username = address.User,
            ApplicationName = name.Length > 63 ? name[..63] : name,
            Options = Session,
            SslMode = address.UsesTls ? SslMode.VerifyFull : SslMode.Disable,
            RootCertificate = address.RootCertificate,
            GssEncryptionMode = GssEncryptionMode.Disable,
            Pooling = false,
            Enlist = false,
            Timeout = (int)PostgresHosts.ConnectTimeout.TotalSeconds,
            CommandTimeout = 0,
            NoResetOnClose = true,
        };
        if (!host.IsSocket)
        {
            settings.TcpKeepAlive = true;
            settings.TcpKeepAliveTime = 5;
            settings.TcpKeepAliveInterval = 5;
        }

        return new NpgsqlConnection(settings.ConnectionString);
    }
}
