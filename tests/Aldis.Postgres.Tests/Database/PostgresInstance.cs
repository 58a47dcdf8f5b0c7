using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
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
    private const string Programs = "/usr/lib/postgresql/15/bin";

    private readonly SemaphoreSlim _turn = new(1);
    private string? _directory;
    private int _port;
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
            if (_directory is null)
            {
                Start();
                await RunAsync(Address("postgres"), StoreSchema.Roles + "create database store_template");
                foreach (string statements in StoreSchema.Init)
                {
                    await RunAsync(Address("store_template"), statements);
                }

                await RunAsync(Address("store_template"), "create role server login in role aldis_writer");
            }

            string name = string.Create(CultureInfo.InvariantCulture, $"store{++_databases}");
            await RunAsync(Address("postgres"), $"create database {name} template {template}");
            return Address(name);
        }
        finally
        {
            _ = _turn.Release();
        }
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
        if (_directory is not null)
        {
            Run($"{Programs}/pg_ctl -D {_directory}/data -m immediate -w stop");
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

    private static void Run(string command) => Run(command, Environment.UserName == "root");

    private static void Run(string command, bool isRoot)
    {
        var start = new ProcessStartInfo(isRoot ? "runuser" : "sh")
        {
            UseShellExecute = false,
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])(isRoot ? ["-u", "postgres", "--", "sh", "-c", command] : ["-c", command]))
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command}: {output}{error.GetAwaiter().GetResult()}");
    }

    private string Address(string database) => string.Create(
        CultureInfo.InvariantCulture,
        $"Host=127.0.0.1;Port={_port};Username=owner;Database={database};Pooling=false;GSS Encryption Mode=Disable");

    private void Start()
    {
        if (!File.Exists($"{Programs}/initdb"))
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "PostgreSQL 15 is missing: apt-get install postgresql-15");
            Assert.Skip("PostgreSQL 15 is missing: apt-get install postgresql-15");
        }

        using (var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _port = ((IPEndPoint)free.LocalEndPoint!).Port;
        }

        string directory = Directory.CreateTempSubdirectory("aldis-postgres-").FullName;
        Run("chmod 777 " + directory, isRoot: false);
        Run($"{Programs}/initdb -D {directory}/data -U owner -A trust -E UTF8 --locale=C --no-sync");
        Run($"{Programs}/pg_ctl -D {directory}/data -l {directory}/log -w "
            + $"-o '-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={directory}' start > {directory}/start 2>&1");
        _directory = directory;
    }
}
