using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Aldis.Journal.Embedded;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Schema;
using Aldis.Postgres.Sessions;
using Npgsql;
using NpgsqlTypes;

namespace Aldis.Postgres.Reading;

/// <summary>
/// Reads what a store held at one moment, that of its opening, whatever servers store meanwhile. It asks the node that writes: a standby
/// may be behind. Of one caller at a time.
/// </summary>
internal sealed class StoreReader : IAsyncDisposable
{
    // A reader may be slow, and a snapshot of a database is one transaction.
    private const string Begin = "set idle_in_transaction_session_timeout = 0; begin isolation level repeatable read read only";

    private readonly NpgsqlConnection _connection;
    private bool _isOfOneMoment = true;

    private StoreReader(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Opens it.</summary>
    /// <param name="address">The store; who reads needs the role <c>aldis_reader</c>.</param>
    /// <exception cref="StoreException">It cannot be reached, or there is none.</exception>
    public static async Task<StoreReader> OpenAsync(StoreAddress address)
    {
        var reader = new StoreReader(await new StoreSetup(address).ConnectToPrimaryAsync().ConfigureAwait(false));
        try
        {
            await reader.DoAsync(Begin).ConfigureAwait(false);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>How many messages are wanted.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public Task<long> CountAsync(StoreQuery query) => AskAsync(async () =>
    {
        using NpgsqlCommand command = Command(ReadStatements.Count(query.Client), Text(query.Client), Time(query.Since), Time(query.Until));
        return (long)(await command.ExecuteScalarAsync().ConfigureAwait(false))!;
    });

    /// <summary>Reads messages in the order in which they came.</summary>
    /// <param name="query">Which are wanted.</param>
    /// <param name="skip">How many of the first are left out.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public IAsyncEnumerable<JournalMessage> ReadAsync(StoreQuery query, long skip, CancellationToken cancellationToken) => EachAsync(
        ReadStatements.Messages(query.Client),
        Message,
        cancellationToken,
        Text(query.Client), Time(query.Since), Time(query.Until), new NpgsqlParameter<long> { TypedValue = skip });

    /// <summary>Lists the clients that are remembered, by id.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public IAsyncEnumerable<ClientSummary> ReadClientsAsync(CancellationToken cancellationToken) => EachAsync(
        ReadStatements.Clients,
        static row => new ClientSummary
        {
            Client = row.GetString(0),
            Last = row.GetInt64(1),
            Messages = row.GetInt64(2),
            LastSeen = row.GetFieldValue<DateTimeOffset>(3),
        },
        cancellationToken);

    /// <summary>How far each client is, and of what the CRCs alone are left.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public async Task<IReadOnlyList<ClientRemains>> ReadRemainsAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, List<(long Sequence, uint Crc)>> earlier = new(StringComparer.Ordinal);
        await foreach ((string client, long sequence, uint crc) in EachAsync(
            ReadStatements.EarlierCrcs, static row => (row.GetString(0), row.GetInt64(1), (uint)row.GetInt64(2)), cancellationToken)
            .ConfigureAwait(false))
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(earlier, client, out _) ??= []).Add((sequence, crc));
        }

        List<ClientRemains> all = [];
        await foreach ((string client, long last, long first) in EachAsync(
            ReadStatements.Remains, static row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2)), cancellationToken)
            .ConfigureAwait(false))
        {
            // Only what leads up to the first message without a hole can be told from a conflict.
            List<uint> crcs = [];
            foreach ((long sequence, uint crc) in Enumerable.Reverse(earlier.GetValueOrDefault(client, [])))
            {
                if (sequence == first - 1 - crcs.Count)
                {
                    crcs.Add(crc);
                }
            }

            crcs.Reverse();
            all.Add(new ClientRemains(client, first, last, [.. crcs]));
        }

        return all;
    }

    /// <summary>What is stored of the plain form, whose messages have no number that a client gave them.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public IAsyncEnumerable<PlainTrace> ReadPlainAsync(CancellationToken cancellationToken) => EachAsync(
        ReadStatements.Plain,
        static row => PlainTrace.Of(row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), (uint)row.GetInt64(2), row.GetInt32(3)),
        cancellationToken);

    /// <summary>Reads everything about as it came, and each client's messages in the order of their numbers.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public IAsyncEnumerable<JournalMessage> ReadInOrderAsync(CancellationToken cancellationToken) =>
        EachAsync(ReadStatements.InOrder, Message, cancellationToken);

    /// <summary>Where somebody who has read everything goes on.</summary>
    /// <param name="client">Only this client's messages; the empty id is the plain form. Null: all.</param>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async Task<StorePlaces> ReadPlacesAsync(string? client)
    {
        var places = new StorePlaces();
        foreach ((string name, long last) in await PairsAsync(ReadStatements.Lasts, Text(client)).ConfigureAwait(false))
        {
            places.Begin(name, last);
        }

        foreach (string name in await NamesAsync(ReadStatements.Servers, Text(client)).ConfigureAwait(false))
        {
            long[] latest = await NumbersAsync(ReadStatements.LatestPlain, Text(name)).ConfigureAwait(false);
            places.Begin(name, latest.Length == 0 ? 0 : latest[^1] - 1);
            foreach (long number in latest)
            {
                _ = places.Take(name, number, TimeSpan.Zero);
            }
        }

        return places;
    }

    /// <summary>Reads what followed a place since, and moves it there; sees what is stored by now, whatever was read before.</summary>
    /// <param name="query">Which are wanted.</param>
    /// <param name="places">How far was read.</param>
    /// <param name="now">The time, by a clock that only goes on.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StoreException">They cannot be read; what was not read of them is read by the next call, of this reader or
    /// another.</exception>
    public async IAsyncEnumerable<JournalMessage> ReadOnAsync(
        StoreQuery query, StorePlaces places, TimeSpan now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_isOfOneMoment)
        {
            await DoAsync("commit").ConfigureAwait(false);
            _isOfOneMoment = false;
        }

        foreach (string name in await NamesAsync(ReadStatements.Servers, Text(query.Client)).ConfigureAwait(false))
        {
            places.Expect(name);
        }

        (string[] clients, long[] after, long[] until) =
            places.Ahead(await PairsAsync(ReadStatements.Lasts, Text(query.Client)).ConfigureAwait(false));
        if (clients.Length == 0)
        {
            yield break;
        }

        IAsyncEnumerable<(string Sender, long Number, JournalMessage Message)> rows = EachAsync(
            ReadStatements.Ranges,
            static row => (row.GetString(0), row.GetInt64(1), Message(row)),
            cancellationToken,
            new NpgsqlParameter<string[]> { TypedValue = clients },
            new NpgsqlParameter<long[]> { TypedValue = after },
            new NpgsqlParameter<long[]> { TypedValue = until },
            Time(query.Since));
        await foreach ((string sender, long number, JournalMessage message) in rows.ConfigureAwait(false))
        {
            if (places.Take(sender, number, now))
            {
                yield return message;
            }
        }

        places.Arrive(clients, until, now);
    }

    /// <summary>Checks every message: its CRC, and that no client's numbers have a gap, a repeat or an end before the last one.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public async Task<StoreVerification> VerifyAsync(CancellationToken cancellationToken)
    {
        var check = new StoreCheck(await PairsAsync(ReadStatements.Lasts, Text(null)).ConfigureAwait(false));
        IAsyncEnumerable<(string Sender, long Number, uint Crc, byte[] Payload)> rows = EachAsync(
            ReadStatements.Everything,
            static row => (row.GetString(0), row.GetInt64(1), (uint)row.GetInt64(2), row.GetFieldValue<byte[]>(3)),
            cancellationToken);
        await foreach ((string sender, long number, uint crc, byte[] payload) in rows.ConfigureAwait(false))
        {
            check.Take(sender, number, crc, payload);
        }

        return check.Finish();
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

    private static JournalMessage Message(NpgsqlDataReader row)
    {
        string sender = row.GetString(0);
        bool isPlain = PostgresMessageStore.IsNode(sender);
        return new JournalMessage(
            isPlain ? "" : sender,
            isPlain ? 0 : row.GetInt64(1),
            row.GetFieldValue<DateTimeOffset>(2),
            row.GetString(3),
            row.GetFieldValue<byte[]>(4));
    }

    private static NpgsqlParameter Text(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Time(DateTimeOffset? value) =>
        new() { Value = value is { } time ? time.ToUniversalTime() : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StoreException($"{exception.MessageText}: connect as a user in role aldis_reader.");
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            throw new StoreException(StoreSchema.Missing);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            throw new StoreException($"the database could not be read: {DatabaseFault.Describe(exception)}.", isReachable: false);
        }
    }

    [SuppressMessage(
        "Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "Its callers pass constants of ReadStatements.")]
    private NpgsqlCommand Command(string statement, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(statement, _connection);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private Task<int> DoAsync(string statement) => AskAsync(async () =>
    {
        using NpgsqlCommand command = Command(statement);
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    });

    private Task<string[]> NamesAsync(string statement, NpgsqlParameter parameter) =>
        AllAsync(statement, static row => row.GetString(0), parameter);

    private Task<long[]> NumbersAsync(string statement, NpgsqlParameter parameter) =>
        AllAsync(statement, static row => row.GetInt64(0), parameter);

    private Task<(string Client, long Last)[]> PairsAsync(string statement, NpgsqlParameter parameter) =>
        AllAsync(statement, static row => (row.GetString(0), row.GetInt64(1)), parameter);

    private async Task<T[]> AllAsync<T>(string statement, Func<NpgsqlDataReader, T> read, NpgsqlParameter parameter)
    {
        List<T> all = [];
        await foreach (T one in EachAsync(statement, read, CancellationToken.None, parameter).ConfigureAwait(false))
        {
            all.Add(one);
        }

        return [.. all];
    }

    private async IAsyncEnumerable<T> EachAsync<T>(
        string statement,
        Func<NpgsqlDataReader, T> read,
        [EnumeratorCancellation] CancellationToken cancellationToken,
        params NpgsqlParameter[] parameters)
    {
        using NpgsqlCommand command = Command(statement, parameters);
        NpgsqlDataReader rows = await AskAsync(() => command.ExecuteReaderAsync(cancellationToken)).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable ended = rows.ConfigureAwait(false);
        while (await AskAsync(() => rows.ReadAsync(cancellationToken)).ConfigureAwait(false))
        {
            yield return read(rows);
        }
    }
}
