using System.Runtime.CompilerServices;
using Aldis.Postgres.Addresses;
using Npgsql;

namespace Aldis.Postgres.Sessions;

/// <summary>The nodes of a PostgreSQL. One look for the primary serves everybody who waits for it.</summary>
internal sealed class PostgresHosts : IStoreHosts, IDisposable
{
    /// <summary>How long a node has to answer.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    // Statements that were given up and have not ended: a node that gets more of them only fills up with connections.
    private const int MostGivenUp = 8;

    // Once a primary answered, how much longer a better one is waited for.
    private static readonly TimeSpan OthersTimeout = TimeSpan.FromMilliseconds(500);

    private readonly StoreAddress _address;
    private readonly SessionOptions _options;
    private readonly TimelineFile _timeline;
    private readonly StoreWatch _watch;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<StoreHost, int> _givenUp = [];
    private StoreHost? _primary;

    /// <summary>Knows the nodes; connects to nobody yet.</summary>
    /// <param name="address">The nodes.</param>
    /// <param name="options">What every session has in common.</param>
    /// <param name="timeline">The highest timeline ever seen.</param>
    /// <param name="watch">Told which node is written to, and why none is.</param>
    public PostgresHosts(StoreAddress address, SessionOptions options, TimelineFile timeline, StoreWatch watch)
    {
        _address = address;
        _options = options;
        _timeline = timeline;
        _watch = watch;
    }

    /// <inheritdoc/>
    public async Task<IStoreSession?> ConnectAsync(string purpose)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_primary is { } known)
            {
                (NodeAnswer answer, NpgsqlConnection? connection) = await AskAsync(known, purpose).ConfigureAwait(false);
                if (connection is not null && HostChoice.Choose([answer], _timeline.Highest, out _) is not null)
                {
                    return Use(answer, connection);
                }

                await CloseAsync(connection).ConfigureAwait(false);
                _primary = null;
            }

            return await FindAsync(purpose).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _watch.Unavailable($"the timeline of the database cannot be noted: {exception.Message.TrimEnd('.')}");
            return null;
        }
        finally
        {
            _ = _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<IStoreSession?> FindAsync(string purpose)
    {
        List<Task<(NodeAnswer Answer, NpgsqlConnection? Connection)>> asked = [.. _address.Hosts.Select(host => AskAsync(host, purpose))];
        List<Task<(NodeAnswer Answer, NpgsqlConnection? Connection)>> open = [.. asked];
        Task? enough = null;
        while (open.Count > 0 && (enough is null || !enough.IsCompleted))
        {
            Task next = await Task.WhenAny(enough is null ? open : [.. open, enough]).ConfigureAwait(false);
            _ = open.RemoveAll(task => task == next);
            if (next is Task<(NodeAnswer Answer, NpgsqlConnection?)> done && (await done.ConfigureAwait(false)).Answer.Timeline is not null)
            {
                enough ??= Task.Delay(OthersTimeout, _options.Time);
            }
        }

        List<(NodeAnswer Answer, NpgsqlConnection? Connection)> answered = [];
        foreach (Task<(NodeAnswer Answer, NpgsqlConnection? Connection)> task in asked)
        {
            if (task.IsCompleted)
            {
                answered.Add(await task.ConfigureAwait(false));
            }
            else
            {
                _ = CloseLaterAsync(task);
            }
        }

        NodeAnswer? chosen = HostChoice.Choose([.. answered.Select(static node => node.Answer)], _timeline.Highest, out string? problem);
        IStoreSession? session = null;
        foreach ((NodeAnswer answer, NpgsqlConnection? connection) in answered)
        {
            if (connection is not null && session is null && chosen == answer)
            {
                session = Use(answer, connection);
            }
            else
            {
                await CloseAsync(connection).ConfigureAwait(false);
            }
        }

        if (problem is not null)
        {
            _watch.Unavailable(problem);
        }

        return session;
    }

    private PostgresSession Use(NodeAnswer answer, NpgsqlConnection connection)
    {
        _timeline.Raise(answer.Timeline!.Value);
        _primary = answer.Host;
        return new PostgresSession(connection, answer.Host, _options, CountGivenUp);
    }

    private void CountGivenUp(StoreHost host, int more)
    {
        lock (_lock)
        {
            _givenUp[host] = _givenUp.GetValueOrDefault(host) + more;
        }
    }

    private async Task<(NodeAnswer Answer, NpgsqlConnection? Connection)> AskAsync(StoreHost host, string purpose)
    {
        int givenUp;
        lock (_lock)
        {
            givenUp = _givenUp.GetValueOrDefault(host);
        }

        if (givenUp >= MostGivenUp)
        {
            return (new NodeAnswer(host, null, $"{host} has not answered {givenUp} statements"), null);
        }

        NpgsqlConnection? connection = null;
        try
        {
            connection = ConnectionSettings.Create(_address, host, $"aldis {_options.Node} {purpose}");
            await connection.OpenAsync().WaitAsync(ConnectTimeout, _options.Time).ConfigureAwait(false);
            (uint? timeline, bool waits, long standbys) = await IntroduceAsync(connection)
                .WaitAsync(ConnectTimeout, _options.Time).ConfigureAwait(false);
            if (givenUp > 0 && waits && standbys == 0)
            {
                await CloseAsync(connection).ConfigureAwait(false);
                return (new NodeAnswer(host, null, StandbyRule.NoStandby(host.ToString())), null);
            }

            return (new NodeAnswer(host, timeline, null), connection);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
        {
            _ = CloseAsync(connection);
            return (new NodeAnswer(host, null, $"{host}: {DatabaseFault.Describe(exception)}"), null);
        }
    }

    private static async Task<(uint? Timeline, bool Waits, long Standbys)> IntroduceAsync(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(Statements.Introduce, connection) { CommandTimeout = 0 };
        NpgsqlDataReader reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using ConfiguredAsyncDisposable ended = reader.ConfigureAwait(false);
        _ = await reader.ReadAsync().ConfigureAwait(false);
        bool isStandby = await reader.IsDBNullAsync(0).ConfigureAwait(false);
        return (isStandby ? null : (uint)reader.GetInt64(0), reader.GetBoolean(1), reader.GetInt64(2));
    }

    private static async Task CloseLaterAsync(Task<(NodeAnswer Answer, NpgsqlConnection? Connection)> asked) =>
        await CloseAsync((await asked.ConfigureAwait(false)).Connection).ConfigureAwait(false);

    private static async Task CloseAsync(NpgsqlConnection? connection)
    {
        try
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException or IOException)
        {
            // It was broken before.
        }
    }
}
