using System.Runtime.CompilerServices;
using Aldis.Journal.Stores;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Queueing;
using Npgsql;

namespace Aldis.Postgres.Sessions;

/// <summary>A connection to PostgreSQL. No statement has a time-out of the driver's: the driver sends a cancel at it, and a commit that
/// is cancelled while it waits for a standby says that it succeeded.</summary>
internal sealed class PostgresSession : IStoreSession
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlConnection _connection;
    private readonly SessionOptions _options;
    private readonly Action<StoreHost, int> _givenUp;
    private readonly Dictionary<string, NpgsqlBatch> _prepared = new(StringComparer.Ordinal);
    private Task _underWay = Task.CompletedTask;
    private string? _warning;
    private int _isGivenUp;

    /// <summary>Uses a connection that is open.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="host">Where it leads.</param>
    /// <param name="options">What every session of a store has in common.</param>
    /// <param name="givenUp">Told when a session is given up, 1, and when it has ended, -1.</param>
    public PostgresSession(NpgsqlConnection connection, StoreHost host, SessionOptions options, Action<StoreHost, int> givenUp)
    {
        _connection = connection;
        _options = options;
        _givenUp = givenUp;
        Host = host;
        connection.Notice += (_, told) => _warning = told.Notice.InvariantSeverity == "WARNING" ? told.Notice.MessageText : _warning;
    }

    /// <summary>Where it leads.</summary>
    public StoreHost Host { get; }

    /// <inheritdoc/>
    public bool IsBroken { get; private set; }

    /// <inheritdoc/>
    public Task<AppendAnswer> AppendAsync(AppendBatch batch, NodeLease node) => Track(AppendOnceAsync(batch, node));

    /// <inheritdoc/>
    public Task<ClaimAnswer> ClaimAsync(string client, Guid lease, string node) =>
        Track(LeaseAsync(Statements.Claim, lease, client, lease, node));

    /// <inheritdoc/>
    public Task<ClaimAnswer> RenewAsync(string client, Guid lease) => Track(LeaseAsync(Statements.Renew, lease, client, lease));

    /// <inheritdoc/>
    public Task<IReadOnlyList<(string Client, long Epoch)>?> ReadEpochsAsync(string[] clients) => Track(ReadEpochsOnceAsync(clients));

    /// <inheritdoc/>
    public Task<DatabaseState?> ReadStateAsync() => Track(ReadStateOnceAsync());

    /// <inheritdoc/>
    public Task<int?> MaintainAsync(TimeSpan? retain) => Track(MaintainOnceAsync(retain));

    /// <inheritdoc/>
    public void GiveUp()
    {
        IsBroken = true;
        if (Interlocked.Exchange(ref _isGivenUp, 1) == 0)
        {
            _givenUp(Host, 1);
            _ = EndAsync();
        }
    }

    private async Task EndAsync()
    {
        // The driver closes no connection in the middle of a statement without a cancel: it is left alone until the database answers, or
        // TCP finds nobody there.
        await _underWay.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        try
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // It was broken before.
        }

        _givenUp(Host, -1);
    }

    private Task<T> Track<T>(Task<T> statement)
    {
        _underWay = statement;
        return statement;
    }

    private async Task<AppendAnswer> AppendOnceAsync(AppendBatch batch, NodeLease node)
    {
        bool[] taken = new bool[batch.Shares.Count];
        bool isCommitted = false;
        try
        {
            NpgsqlBatch statement = await PrepareAsync(
                batch.IsPlain ? Statements.AppendPlain : Statements.Append,
                follow: null,
                BatchParameters.Make(batch.IsPlain)).ConfigureAwait(false);
            BatchParameters.Bind(statement.BatchCommands[0].Parameters, batch, node);
            (long Position, long? Flushed)? look = null;
            NpgsqlDataReader reader = await statement.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync().ConfigureAwait(false))
                {
                    long answer = reader.GetInt64(0);
                    if (batch.IsPlain)
                    {
                        // All of them, or none: the server's own row says which.
                        Array.Fill(taken, answer == batch.Payloads.Length);
                    }
                    else
                    {
                        taken[answer - 1] = true;
                    }
                }

                isCommitted = true;
                look = _options.Proves ? await ReadLookAsync(reader).ConfigureAwait(false) : null;
            }

            await ProveAsync(look).ConfigureAwait(false);
            return IsWarned(out string warning)
                ? AppendAnswer.Not(AppendVerdict.Unknown, warning)
                : new AppendAnswer(AppendVerdict.Committed, taken, null);
        }
        catch (PostgresException exception) when (!isCommitted && IsRefusal(exception))
        {
            IsBroken |= exception.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction;
            return AppendAnswer.Not(AppendVerdict.NotStored, Describe(exception));
        }
        catch (Exception exception)
        {
            // Whatever the driver throws, nobody knows what became of the statement.
            IsBroken = true;
            return AppendAnswer.Not(AppendVerdict.Unknown, Describe(exception));
        }
    }

    private async Task<ClaimAnswer> LeaseAsync(string sql, Guid lease, string client, params object[] rest)
    {
        try
        {
            NpgsqlBatch statement = await PrepareAsync(
                sql,
                Statements.Crcs,
                [
                    new NpgsqlParameter<string>(), new NpgsqlParameter<Guid>(),
                    .. rest.Skip(1).Select(static _ => new NpgsqlParameter<string>()),
                ])
                .ConfigureAwait(false);
            foreach ((int place, object value) in rest.Prepend(client).Index())
            {
                statement.BatchCommands[0].Parameters[place].Value = value;
            }

            statement.BatchCommands[1].Parameters[0].Value = client;
            statement.BatchCommands[1].Parameters[1].Value = (long)_options.Window;
            NpgsqlDataReader reader = await statement.ExecuteReaderAsync().ConfigureAwait(false);
            await using ConfiguredAsyncDisposable ended = reader.ConfigureAwait(false);
            if (!await reader.ReadAsync().ConfigureAwait(false))
            {
                return ClaimAnswer.Lost;
            }

            (long epoch, long last) = (reader.GetInt64(0), reader.GetInt64(1));
            uint[] crcs = await ReadCrcsAsync(reader, last).ConfigureAwait(false);
            (long Position, long? Flushed)? look = _options.Proves ? await ReadLookAsync(reader).ConfigureAwait(false) : null;
            await reader.CloseAsync().ConfigureAwait(false);
            await ProveAsync(look).ConfigureAwait(false);
            return IsWarned(out string warning)
                ? ClaimAnswer.Unknown(warning)
                : new ClaimAnswer(new LeaseGrant(epoch, lease, last, crcs), IsLost: false, null);
        }
        catch (Exception exception)
        {
            IsBroken |= exception is not PostgresException refusal || !IsRefusal(refusal)
                || refusal.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction;
            return ClaimAnswer.Unknown(Describe(exception));
        }
    }

    /// <summary>The CRCs up to the last message, without a hole: one that is missing leaves those before it unknown too.</summary>
    private static async Task<uint[]> ReadCrcsAsync(NpgsqlDataReader reader, long last)
    {
        List<uint> crcs = [];
        long expected = 0;
        _ = await reader.NextResultAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            // Behind the claim somebody else may have claimed, and stored more.
            long sequence = reader.GetInt64(0);
            if (sequence > last)
            {
                continue;
            }

            if (sequence != expected)
            {
                crcs.Clear();
            }

            expected = sequence + 1;
            crcs.Add((uint)reader.GetInt64(1));
        }

        return expected == last + 1 ? [.. crcs] : [];
    }

    private async Task<IReadOnlyList<(string Client, long Epoch)>?> ReadEpochsOnceAsync(string[] clients)
    {
        try
        {
            List<(string Client, long Epoch)> epochs = [];
            NpgsqlBatch statement = await PrepareAsync(
                Statements.Epochs, null, [new NpgsqlParameter<string[]>()], isProved: false).ConfigureAwait(false);
            statement.BatchCommands[0].Parameters[0].Value = clients;
            NpgsqlDataReader reader = await statement.ExecuteReaderAsync().ConfigureAwait(false);
            await using ConfiguredAsyncDisposable ended = reader.ConfigureAwait(false);
            while (await reader.ReadAsync().ConfigureAwait(false))
            {
                epochs.Add((reader.GetString(0), reader.GetInt64(1)));
            }

            return epochs;
        }
        catch (Exception exception)
        {
            IsBroken |= exception is not PostgresException refusal || !IsRefusal(refusal);
            return null;
        }
    }

    private async Task<DatabaseState?> ReadStateOnceAsync()
    {
        try
        {
            NpgsqlBatch statement = await PrepareAsync(Statements.State, null, [], isProved: false).ConfigureAwait(false);
            NpgsqlDataReader reader = await statement.ExecuteReaderAsync().ConfigureAwait(false);
            await using ConfiguredAsyncDisposable ended = reader.ConfigureAwait(false);
            _ = await reader.ReadAsync().ConfigureAwait(false);
            long? lag = await reader.IsDBNullAsync(2).ConfigureAwait(false) ? null : Math.Max(0, reader.GetInt64(2));
            return new DatabaseState(Host.ToString(), reader.GetBoolean(0), (int)reader.GetInt64(1), lag);
        }
        catch (Exception exception)
        {
            IsBroken |= exception is not PostgresException refusal || !IsRefusal(refusal);
            return null;
        }
    }

    private async Task<int?> MaintainOnceAsync(TimeSpan? retain)
    {
        try
        {
            NpgsqlBatch statement = await PrepareAsync(
                Statements.Maintain, null, [new NpgsqlParameter<double>(), new NpgsqlParameter<int>()], isProved: false)
                .ConfigureAwait(false);
            statement.BatchCommands[0].Parameters[0].Value = retain?.TotalSeconds ?? Statements.ForEver;
            statement.BatchCommands[0].Parameters[1].Value = _options.Window;
            return (int)(await statement.ExecuteScalarAsync().ConfigureAwait(false))!;
        }
        catch (Exception exception)
        {
            IsBroken |= exception is not PostgresException refusal || !IsRefusal(refusal);
            return null;
        }
    }

    /// <summary>Prepares a statement once, with one that reads behind it and the look where commits are proved. Each commits by itself: a
    /// barrier is between them.</summary>
    private async Task<NpgsqlBatch> PrepareAsync(string sql, string? follow, NpgsqlParameter[] parameters, bool isProved = true)
    {
        _warning = null;
        if (_prepared.TryGetValue(sql, out NpgsqlBatch? known))
        {
            return known;
        }

        var batch = new NpgsqlBatch(_connection) { EnableErrorBarriers = true, Timeout = 0 };
        batch.BatchCommands.Add(Command(sql, parameters));
        if (follow is not null)
        {
            batch.BatchCommands.Add(Command(follow, [new NpgsqlParameter<string>(), new NpgsqlParameter<long>()]));
        }

        if (isProved && _options.Proves)
        {
            batch.BatchCommands.Add(Command(Statements.Look, []));
        }

        await batch.PrepareAsync().ConfigureAwait(false);
        _prepared.Add(sql, batch);
        return batch;
    }

    private static NpgsqlBatchCommand Command(string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static async Task<(long Position, long? Flushed)?> ReadLookAsync(NpgsqlDataReader reader)
    {
        _ = await reader.NextResultAsync().ConfigureAwait(false);
        _ = await reader.ReadAsync().ConfigureAwait(false);
        return (reader.GetInt64(0), await reader.IsDBNullAsync(1).ConfigureAwait(false) ? null : reader.GetInt64(1));
    }

    /// <summary>Looks until a standby has flushed what the first look found written. Who waits has its own patience, and gives the session
    /// up.</summary>
    private async Task ProveAsync((long Position, long? Flushed)? look)
    {
        TimeSpan pause = FirstPause;
        while (look is { } seen && !(seen.Flushed >= seen.Position) && _isGivenUp == 0)
        {
            await Task.Delay(pause, _options.Time).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            NpgsqlBatch statement = await PrepareAsync(Statements.Look, null, [], isProved: false).ConfigureAwait(false);
            NpgsqlDataReader reader = await statement.ExecuteReaderAsync().ConfigureAwait(false);
            await using ConfiguredAsyncDisposable ended = reader.ConfigureAwait(false);
            _ = await reader.ReadAsync().ConfigureAwait(false);
            look = (seen.Position, await reader.IsDBNullAsync(1).ConfigureAwait(false) ? null : reader.GetInt64(1));
        }
    }

    /// <summary>A warning at a commit means that somebody ended its wait for a standby.</summary>
    private bool IsWarned(out string warning)
    {
        warning = $"{Host} warned at a commit: {_warning}";
        IsBroken |= _warning is not null;
        return _warning is not null;
    }

    /// <summary>Whether the database said that a statement failed, so that nothing of it is stored. What an operator ended, a lost
    /// connection or an inner failure says no such thing.</summary>
    private static bool IsRefusal(PostgresException exception) => exception.InvariantSeverity == "ERROR"
        && exception.SqlState.Length == 5 && exception.SqlState[..2] is not ("57" or "58" or "08" or "XX");

    private string Describe(Exception exception) => $"{Host}: {DatabaseFault.Describe(exception)}";
}
