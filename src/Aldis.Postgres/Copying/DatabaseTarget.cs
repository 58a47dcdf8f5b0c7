using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Aldis.Journal.Embedded;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Schema;
using Aldis.Postgres.Sessions;
using Npgsql;

namespace Aldis.Postgres.Copying;

/// <summary>The database that a copy writes, by statements of which each is stored wholly or not at all. Of one caller at a time.</summary>
internal sealed class DatabaseTarget : IAsyncDisposable
{
    private const string Copier = "@copy";

    private readonly NpgsqlConnection _connection;
    private readonly HashSet<DateOnly> _days = [];
    private string? _warning;

    private DatabaseTarget(NpgsqlConnection connection)
    {
        _connection = connection;
        connection.Notice += (_, told) => _warning = told.Notice.InvariantSeverity == "WARNING" ? told.Notice.MessageText : _warning;
    }

    /// <summary>Connects to the node that writes.</summary>
    /// <param name="address">The store; the user is in role <c>aldis_owner</c>, since a day of messages is a table.</param>
    /// <exception cref="StoreException">It cannot be reached, there is no store, or this user may not.</exception>
    public static async Task<DatabaseTarget> OpenAsync(StoreAddress address)
    {
        var setup = new StoreSetup(address);
        _ = await setup.MigrateAsync().ConfigureAwait(false);
        var target = new DatabaseTarget(await setup.ConnectToPrimaryAsync().ConfigureAwait(false));
        try
        {
            _ = await target.AllAsync(CopyStatements.BecomeOwner, static _ => 0).ConfigureAwait(false);
            return target;
        }
        catch
        {
            await target.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>How far each client and server is.</summary>
    public async Task<Dictionary<string, long>> ReadLastsAsync() =>
        (await AllAsync(CopyStatements.Lasts, static row => (Client: row.GetString(0), Last: row.GetInt64(1))).ConfigureAwait(false))
            .ToDictionary(static pair => pair.Client, static pair => pair.Last, StringComparer.Ordinal);

    /// <summary>Says how far clients were of which nothing is stored.</summary>
    /// <param name="clients">The clients; none of them has a higher number than 0 here.</param>
    /// <param name="now">When none of them was seen after.</param>
    /// <exception cref="StoreException">Somebody else stores one of them.</exception>
    public async Task BeginAsync(IReadOnlyList<ClientRemains> clients, DateTimeOffset now)
    {
        (string Client, long Sequence, long Crc)[] crcs =
        [
            .. clients.SelectMany(static client => client.EarlierCrcs.Select(
                (crc, place) => (client.Client, client.First - client.EarlierCrcs.Length + place, (long)crc))),
        ];
        string[] begun = await AllAsync(
            CopyStatements.Begin,
            static row => row.GetString(0),
            Of(clients.Select(static client => client.Client)),
            Of(clients.Select(static client => client.First - 1)),
            new NpgsqlParameter<string> { TypedValue = Copier },
            Of(crcs.Select(static crc => crc.Client)),
            Of(crcs.Select(static crc => crc.Sequence)),
            Of(crcs.Select(static crc => crc.Crc)),
            Of(clients.Select(client => client.First > client.Last ? now.UtcDateTime : DateTime.UnixEpoch))).ConfigureAwait(false);
        RequireAll([.. clients.Select(static client => client.Client)], begun);
    }

    /// <summary>Finds those of some messages that are stored with other bytes.</summary>
    /// <returns>Their places in the list.</returns>
    public async Task<IReadOnlyList<int>> FindConflictsAsync(IReadOnlyList<(string Client, long Sequence, uint Crc)> messages) =>
        await AllAsync(
            CopyStatements.Conflicts,
            static row => (int)row.GetInt64(0) - 1,
            Of(messages.Select(static message => message.Client)),
            Of(messages.Select(static message => message.Sequence)),
            Of(messages.Select(static message => (long)message.Crc))).ConfigureAwait(false);

    /// <summary>Stores messages.</summary>
    /// <param name="batch">The messages; none is stored.</param>
    /// <exception cref="StoreException">Somebody else stores as one of the clients, or it is not known what was stored.</exception>
    public async Task AppendAsync(CopyBatch batch)
    {
        foreach (DateOnly day in batch.Times.Select(DateOnly.FromDateTime).Distinct().Where(_days.Add))
        {
            await MakePartitionAsync(day).ConfigureAwait(false);
        }

        int[] taken = await AllAsync(
            CopyStatements.Append,
            static row => (int)row.GetInt64(0) - 1,
            Of(batch.Senders),
            Of(batch.Previous),
            Of(batch.Last),
            new NpgsqlParameter<string> { TypedValue = Copier },
            Of(batch.Owners),
            Of(batch.Sequences),
            Of(batch.Times),
            Of(batch.Peers),
            Of(batch.Crcs),
            Of(batch.Payloads)).ConfigureAwait(false);
        RequireAll(batch.Senders, [.. taken.Select(place => batch.Senders[place])]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // It was broken before.
        }
    }

    private static NpgsqlParameter<T[]> Of<T>(IEnumerable<T> values) => new() { TypedValue = [.. values] };

    private static void RequireAll(IReadOnlyCollection<string> offered, IReadOnlyCollection<string> taken)
    {
        if (offered.Except(taken, StringComparer.Ordinal).FirstOrDefault() is { } other)
        {
            throw new StoreException(
                $"somebody else stores as {other} meanwhile: end that server or copy, then run this again; it goes on where it was.");
        }
    }

    private async Task MakePartitionAsync(DateOnly day)
    {
        try
        {
            _ = await AllAsync(CopyStatements.Partition(day), static _ => 0).ConfigureAwait(false);
        }
        catch (StoreException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.CheckViolation })
        {
            // Messages of that day are in the default partition already.
        }
    }

    [SuppressMessage(
        "Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "Its callers pass those of CopyStatements.")]
    private async Task<T[]> AllAsync<T>(string statement, Func<NpgsqlDataReader, T> read, params NpgsqlParameter[] parameters)
    {
        try
        {
            _warning = null;
            using var command = new NpgsqlCommand(statement, _connection);
            command.Parameters.AddRange(parameters);
            NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
            List<T> all = [];
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync().ConfigureAwait(false))
                {
                    all.Add(read(rows));
                }
            }

            return _warning is null
                ? [.. all]
                : throw new StoreException($"the database warned at a commit ({_warning}): run this again; it goes on where it was.");
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StoreException("this user may not copy messages there: connect as one in role aldis_owner.");
        }
        catch (PostgresException exception) when (exception.InvariantSeverity == "ERROR")
        {
            throw new StoreException($"the database refused: {DatabaseFault.Describe(exception)}.", exception);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            throw new StoreException(
                $"the database is away: {DatabaseFault.Describe(exception)}. Run this again; it goes on where it was.", isReachable: false);
        }
    }
}
