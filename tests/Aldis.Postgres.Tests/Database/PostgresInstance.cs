using System.Globalization;
using Aldis.Postgres.Schema;
using Aldis.Postgres.Tests.Database;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresInstance))]

namespace Aldis.Postgres.Tests.Database;

/// <summary>
/// A PostgreSQL of the tests' own: an ordinary user's, on a free port, with the settings it comes with, so that a commit is on the disk.
/// It begins with the first test that asks for a database, and is gone with the last.
/// </summary>
public sealed class PostgresInstance : IAsyncLifetime
{
    private readonly SemaphoreSlim _turn = new(1);
    private string? _directory;
    private PostgresNode? _node;
    private int _databases;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A database with the tables of a store; how it is reached.</summary>
    public Task<string> CreateStoreAsync() => CreateAsync("store_template");

    /// <summary>A database with nothing in it; how it is reached.</summary>
    public Task<string> CreateEmptyAsync() => CreateAsync("template0");

    private async Task<string> CreateAsync(string template)
    {
        await _turn.WaitAsync();
        try
        {
            if (_node is null)
            {
                PostgresNode.Require();
                _directory = PostgresNode.MakeDirectory();
                var node = new PostgresNode(_directory, "data");
                node.Create();
                node.Start();
                _node = node;
                await MakeTemplateAsync(node);
            }

            string name = string.Create(CultureInfo.InvariantCulture, $"store{++_databases}");
            await RunAsync(_node.Address("postgres"), $"create database {name} template {template}");
            return _node.Address(name);
        }
        finally
        {
            _ = _turn.Release();
        }
    }

    /// <summary>Makes the roles, and the database <c>store_template</c> with the tables of a store.</summary>
    internal static async Task MakeTemplateAsync(PostgresNode node)
    {
        await RunAsync(node.Address("postgres"), StoreSchema.Roles + "create database store_template");
        foreach (string statements in StoreSchema.Init)
        {
            await RunAsync(node.Address("store_template"), statements);
        }

        await RunAsync(node.Address("store_template"), "create role server login in role aldis_writer");
    }

    /// <summary>The address of a store, as the role that a server has.</summary>
    public static string AddressOf(string connection) => AddressOf(connection, "server");

    /// <summary>The address of a store, as a role.</summary>
    public static string AddressOf(string connection, string role)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection);
        return string.Create(CultureInfo.InvariantCulture, $"postgres://{role}@{settings.Host}:{settings.Port}/{settings.Database}");
    }

    /// <summary>Runs statements as the one who may do everything.</summary>
    public static async Task RunAsync(string connection, string statements)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        foreach (string statement in statements.StartsWith("create database", StringComparison.Ordinal) ? [statements] : Split(statements))
        {
            await using var command = new NpgsqlCommand(statement, open);
            _ = await command.ExecuteNonQueryAsync();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _node?.Crash();
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }

        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    // A database is created outside of a transaction, and several statements at once are one.
    private static IEnumerable<string> Split(string statements)
    {
        const string Create = "create database";
        int at = statements.IndexOf(Create, StringComparison.Ordinal);
        return at < 0 ? [statements] : [statements[..at], statements[at..]];
    }
}
