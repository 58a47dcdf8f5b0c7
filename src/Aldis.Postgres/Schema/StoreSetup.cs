using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Sessions;
using Npgsql;

namespace Aldis.Postgres.Schema;

/// <summary>Makes the tables of a store, and looks what is there: what an operator does, apart from the server, which needs to write
/// alone.</summary>
/// <param name="address">The store; whoever it connects as.</param>
internal sealed class StoreSetup(StoreAddress address)
{
    /// <summary>How long a statement may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string Purpose = "aldis operator";

    /// <summary>Asks every node.</summary>
    /// <returns>What each says, in the order of the address; and of the store on the one that writes.</returns>
    public async Task<StoreInspection> InspectAsync()
    {
        StoreNodeReport[] nodes = await Task.WhenAll(address.Hosts.Select(InspectAsync)).ConfigureAwait(false);
        StoreNodeReport? writes = nodes.Where(static node => node.Timeline is not null).MaxBy(static node => node.Timeline);
        return new StoreInspection(nodes, writes);
    }

    /// <summary>Makes roles and tables where they are missing. What is there stays as it is.</summary>
    /// <exception cref="StoreException">They cannot be made; the message says why, and what to do.</exception>
    public async Task InitAsync()
    {
        NpgsqlConnection connection = await ConnectToPrimaryAsync().ConfigureAwait(false);
        await using ConfiguredAsyncDisposable ended = connection.ConfigureAwait(false);
        RequireKnown(await VersionAsync(connection).ConfigureAwait(false));
        try
        {
            await RunAsync(connection, StoreSchema.Roles).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StoreException(
                "this user may not make the roles of the store. Have somebody who may run these statements, then run this again:\n" + StoreSchema.Roles);
        }
        catch (PostgresException exception)
        {
            throw Failed(exception);
        }

        try
        {
            // One transaction: half a store is none.
            await RunAsync(connection, $"begin;\n{StoreSchema.Tables}\n{StoreSchema.Grants}\ncommit;").ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StoreException(
                $"this user may not make the tables of the store ({exception.MessageText}): connect as the owner of the database, or as a superuser.");
        }
        catch (PostgresException exception)
        {
            throw Failed(exception);
        }
    }

    /// <summary>Brings the tables to the version that this program writes.</summary>
    /// <returns>The version they had.</returns>
    /// <exception cref="StoreException">There is no store, or it is newer than this program.</exception>
    public async Task<int> MigrateAsync()
    {
        NpgsqlConnection connection = await ConnectToPrimaryAsync().ConfigureAwait(false);
        await using ConfiguredAsyncDisposable ended = connection.ConfigureAwait(false);
        int? version = await VersionAsync(connection).ConfigureAwait(false);
        RequireKnown(version);
        return version ?? throw new StoreException(StoreSchema.Missing);
    }

    /// <summary>Forgets clients of which no message is left: each begins anew, and whoever has one loses it. All of them, or none.</summary>
    /// <param name="ids">The clients' ids.</param>
    /// <returns>Who was forgotten, and its last number.</returns>
    /// <exception cref="StoreException">One is not there, or messages of it are; nothing was changed.</exception>
    public async Task<IReadOnlyList<(string Client, long Last)>> ForgetAsync(IReadOnlyCollection<string> ids)
    {
        string[] wanted = [.. ids.Distinct(StringComparer.Ordinal)];
        NpgsqlConnection connection = await ConnectToPrimaryAsync().ConfigureAwait(false);
        await using ConfiguredAsyncDisposable ended = connection.ConfigureAwait(false);
        List<(string Client, long Last)> forgotten = [];
        try
        {
            using var command = new NpgsqlCommand(Statements.Forget, connection);
            _ = command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = wanted });
            NpgsqlDataReader reader = await command.ExecuteReaderAsync().WaitAsync(Patience).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable read = reader.ConfigureAwait(false);
            while (await reader.ReadAsync().ConfigureAwait(false))
            {
                if (reader.GetBoolean(2))
                {
                    throw new StoreException(
                        $"client {reader.GetString(0)} has messages in the store, or one is under way: it is not forgotten, and nobody was.");
                }

                forgotten.Add((reader.GetString(0), reader.GetInt64(1)));
            }
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StoreException("this user may not forget clients: connect as one in role aldis_owner.");
        }
        catch (NpgsqlException exception)
        {
            throw new StoreException($"the database refused: {DatabaseFault.Describe(exception)}.");
        }

        return wanted.Except(forgotten.Select(static client => client.Client), StringComparer.Ordinal).FirstOrDefault() is { } unknown
            ? throw new StoreException($"there is no client {unknown} in the store: nobody was forgotten.")
            : forgotten;
    }

    /// <summary>Connects to the node that writes.</summary>
    /// <returns>The connection, which is the caller's.</returns>
    /// <exception cref="StoreException">No node writes, or it went away again.</exception>
    public async Task<NpgsqlConnection> ConnectToPrimaryAsync()
    {
        StoreInspection seen = await InspectAsync().ConfigureAwait(false);
        if (seen.Writes is not { } writes)
        {
            throw new StoreException($"no node of {address} writes: {string.Join("; ", seen.Nodes.Select(static node => node.ToString()))}.", isReachable: false);
        }

        NpgsqlConnection connection = ConnectionSettings.Create(address, writes.Host, Purpose);
        try
        {
            await connection.OpenAsync().ConfigureAwait(false);
            return connection;
        }
        catch (NpgsqlException exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new StoreException($"{writes.Host}: {DatabaseFault.Describe(exception)}.", isReachable: false);
        }
    }

    private static void RequireKnown(int? version)
    {
        if (version > StoreSchema.Version)
        {
            throw new StoreException(string.Create(
                CultureInfo.InvariantCulture,
                $"the store has version {version}, and this program knows {StoreSchema.Version}: use the newer one."));
        }
    }

    private static StoreException Failed(PostgresException exception) => new($"the database refused: {DatabaseFault.Describe(exception)}.");

    [SuppressMessage("Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "Its callers pass constants of StoreSchema.")]
    private static async Task RunAsync(NpgsqlConnection connection, string statements)
    {
        using var command = new NpgsqlCommand(statements, connection);
        _ = await command.ExecuteNonQueryAsync().WaitAsync(Patience).ConfigureAwait(false);
    }

    private static async Task<int?> VersionAsync(NpgsqlConnection connection)
    {
        using var exists = new NpgsqlCommand("select to_regclass('aldis_schema') is not null", connection);
        if (await exists.ExecuteScalarAsync().WaitAsync(Patience).ConfigureAwait(false) is not true)
        {
            return null;
        }

        using var version = new NpgsqlCommand("select max(version) from aldis_schema", connection);
        return await version.ExecuteScalarAsync().WaitAsync(Patience).ConfigureAwait(false) as int?;
    }

    private async Task<StoreNodeReport> InspectAsync(StoreHost host)
    {
        try
        {
            NpgsqlConnection connection = ConnectionSettings.Create(address, host, Purpose);
            await using ConfiguredAsyncDisposable ended = connection.ConfigureAwait(false);
            await connection.OpenAsync().WaitAsync(PostgresHosts.ConnectTimeout).ConfigureAwait(false);
            using var command = new NpgsqlCommand(Statements.Inspect, connection);
            NpgsqlDataReader reader = await command.ExecuteReaderAsync().WaitAsync(Patience).ConfigureAwait(false);
            StoreNodeReport report;
            await using (reader.ConfigureAwait(false))
            {
                _ = await reader.ReadAsync().ConfigureAwait(false);
                report = new StoreNodeReport(host)
                {
                    Timeline = await reader.IsDBNullAsync(0).ConfigureAwait(false) ? null : (uint)reader.GetInt64(0),
                    WaitsForStandbys = reader.GetBoolean(1),
                    Standbys = (int)reader.GetInt64(2),
                    User = reader.GetString(3),
                    MayWrite = reader.GetBoolean(4),
                };
            }

            return report with { SchemaVersion = await VersionAsync(connection).ConfigureAwait(false) };
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
        {
            return new StoreNodeReport(host) { Problem = DatabaseFault.Describe(exception) };
        }
    }
}
