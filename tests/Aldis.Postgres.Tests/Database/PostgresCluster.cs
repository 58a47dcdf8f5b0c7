using System.Globalization;
using Aldis.Tests;
using Npgsql;

namespace Aldis.Postgres.Tests.Database;

/// <summary>
/// A primary and two standbys, <c>s1</c> and <c>s2</c>, which follow by streaming. A commit waits for one of them, whichever is first.
/// </summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    /// <summary>What the primary waits for as a rule.</summary>
    public const string AnyOne = "ANY 1 (s1,s2)";

    private readonly string _directory = PostgresNode.MakeDirectory();
    private readonly List<PostgresNode> _running = [];
    private int _databases;

    /// <summary>Knows the nodes; <see cref="InitializeAsync"/> starts them.</summary>
    public PostgresCluster()
    {
        Primary = new PostgresNode(_directory, "s0");
        Standbys = [new PostgresNode(_directory, "s1"), new PostgresNode(_directory, "s2")];
    }

    /// <summary>The node that begins as the primary.</summary>
    internal PostgresNode Primary { get; }

    /// <summary>The nodes that begin as standbys.</summary>
    internal IReadOnlyList<PostgresNode> Standbys { get; }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (!PostgresNode.IsThere)
        {
            return;
        }

        Primary.Create();
        Start(Primary);
        await PostgresInstance.MakeTemplateAsync(Primary);
        foreach (PostgresNode standby in Standbys)
        {
            standby.CopyFrom(Primary);
        }

        await MakeWholeAsync();
    }

    /// <summary>A database with the tables of a store, of a cluster of which every node is there; how it is reached at the primary.</summary>
    public async Task<string> CreateStoreAsync()
    {
        PostgresNode.Require();
        await MakeWholeAsync();
        string name = string.Create(CultureInfo.InvariantCulture, $"store{++_databases}");
        await PostgresInstance.RunAsync(Primary.Address("postgres"), $"create database {name} template store_template");

        // A server that makes partitions holds the table while its commit waits for a standby.
        await PostgresInstance.RunAsync(Primary.Address(name), "select aldis_maintain(null, 256)");
        return Primary.Address(name);
    }

    /// <summary>The address of a database as a server has it, every node in it.</summary>
    internal string AddressOf(string connection)
    {
        string database = new NpgsqlConnectionStringBuilder(connection).Database!;
        IEnumerable<string> hosts = Standbys.Prepend(Primary)
            .Select(static node => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{node.Port}"));
        return $"postgres://server@{string.Join(',', hosts)}/{database}";
    }

    /// <summary>Sets for whom commits of the primary wait; whoever waits knows when this returns.</summary>
    public static async Task SetNamesAsync(string connection, string names)
    {
        await PostgresInstance.RunAsync(connection, $"alter system set synchronous_standby_names = '{names}'");
        await PostgresInstance.RunAsync(connection, "select pg_reload_conf()");
        await Wait.UntilAsync(async () => await ReadAsync(connection, "show synchronous_standby_names") == names);
    }

    /// <summary>Has both standbys gone.</summary>
    public async Task CrashStandbysAsync()
    {
        foreach (PostgresNode standby in Standbys)
        {
            Crash(standby);
        }

        await Wait.UntilAsync(async () => await ReadAsync(Primary.Address("postgres"), "select count(*)::text from pg_stat_replication") == "0");
    }

    /// <summary>Starts the nodes that are not there, and waits until commits may wait for either standby.</summary>
    public async Task MakeWholeAsync()
    {
        foreach (PostgresNode node in (IEnumerable<PostgresNode>)[Primary, .. Standbys])
        {
            Start(node);
        }

        await SetNamesAsync(Primary.Address("postgres"), AnyOne);
        await Wait.UntilAsync(async () =>
            await ReadAsync(Primary.Address("postgres"), "select count(*)::text from pg_stat_replication where sync_state = 'quorum'") == "2");
    }

    /// <summary>Whose statement waits for a standby: the process of the first, or nothing.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="purpose">What the waiting connection is for.</param>
    public static Task<string> WaitingAsync(string connection, string purpose) => ReadAsync(
        connection,
        "select coalesce(min(pid)::text, '') from pg_stat_activity where wait_event = 'SyncRep' and datname = current_database() "
            + $"and application_name like 'aldis % {purpose}'");

    /// <summary>What a query answers first, as text.</summary>
    public static async Task<string> ReadAsync(string connection, string query)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(query, open);
        return Convert.ToString(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture)!;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (PostgresNode node in _running.ToArray())
        {
            Crash(node);
        }

        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Starts a node, unless it runs.</summary>
    internal void Start(PostgresNode node)
    {
        if (!_running.Contains(node))
        {
            node.Start("-c shared_buffers=16MB -c wal_retrieve_retry_interval=100ms");
            _running.Add(node);
        }
    }

    /// <summary>Ends a node as a crash does.</summary>
    internal void Crash(PostgresNode node)
    {
        if (_running.Remove(node))
        {
            node.Crash();
        }
    }
}
