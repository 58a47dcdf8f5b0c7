using System.Collections.Concurrent;

namespace Aldis.Services.Hosting;

/// <summary>
/// The open connections of a server. Costs a connection its entry and nothing on its way: what changes is counted by the connection's own
/// thread, in its own memory, and read here when somebody asks. Thread-safe.
/// </summary>
internal sealed class ConnectionRegistry
{
    private readonly ConcurrentDictionary<long, ServedConnection> _open = [];
    private readonly TimeProvider _time;

    /// <summary>What connections counted that ended, by conversation. Its lock is that of every end and of a look at all of them, so that
    /// none is counted twice.</summary>
    private readonly Dictionary<string, ServiceTotals> _ended = new(StringComparer.Ordinal);

    private ArqTotals _endedArq;

    internal ConnectionRegistry(TimeProvider time) => _time = time;

    /// <summary>What is known of each connection that is being served now.</summary>
    /// <returns>In the order in which they opened; the values of one are read one after the other, while it goes on.</returns>
    public IReadOnlyList<OpenConnection> Snapshot()
    {
        TimeSpan now = _time.GetElapsedTime(0);
        DateTimeOffset today = _time.GetUtcNow();

        // Its values are copied at once; the dictionary itself may grow while it is sorted.
        return [.. _open.Values.OrderBy(static one => one.Id).Select(one => one.Describe(now, today))];
    }

    internal void Add(ServedConnection connection) => _open[connection.Id] = connection;

    internal void Remove(ServedConnection connection)
    {
        lock (_ended)
        {
            if (_open.TryRemove(connection.Id, out _))
            {
                Add(_ended, connection, open: 0);
                _endedArq = Plus(_endedArq, connection);
            }
        }
    }

    /// <summary>What is known of one connection that is being served now.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>Null where none has the number, or it has ended.</returns>
    internal OpenConnection? Find(long number) =>
        _open.TryGetValue(number, out ServedConnection? connection) ? connection.Describe(_time.GetElapsedTime(0), _time.GetUtcNow()) : null;

    /// <summary>The connections that the ARQ protocol carries, in the order in which they opened.</summary>
    internal IReadOnlyList<ServedConnection> Links() =>
        [.. _open.Values.Where(static one => one.Arq is not null).OrderBy(static one => one.Id)];

    /// <summary>The connections that receive files, in the order in which they opened.</summary>
    internal IReadOnlyList<ServedConnection> Intakes() =>
        [.. _open.Values.Where(static one => one.Intake is not null).OrderBy(static one => one.Id)];

    /// <summary>The connection itself, while it is being served.</summary>
    /// <param name="number">Its number.</param>
    internal ServedConnection? Get(long number) => _open.GetValueOrDefault(number);

    /// <summary>What the connections that the ARQ protocol carries have sent so far.</summary>
    internal ArqTotals ArqTotals()
    {
        lock (_ended)
        {
            return _open.Values.Aggregate(_endedArq, Plus);
        }
    }

    /// <summary>What the connections of each conversation have moved so far; of conversations that had one.</summary>
    internal IReadOnlyCollection<ServiceTotals> Totals()
    {
        lock (_ended)
        {
            var totals = new Dictionary<string, ServiceTotals>(_ended, StringComparer.Ordinal);
            foreach (KeyValuePair<long, ServedConnection> entry in _open)
            {
                Add(totals, entry.Value, open: 1);
            }

            return totals.Values;
        }
    }

    private static ArqTotals Plus(ArqTotals totals, ServedConnection connection) =>
        connection.Arq is { } arq ? totals.Plus(arq.Statistics) : totals;

    private static void Add(Dictionary<string, ServiceTotals> totals, ServedConnection connection, int open) =>
        totals[connection.Service] = totals.GetValueOrDefault(connection.Service, new(connection.Service, 0, 0, 0, 0))
            .Plus(open, connection.Counted);
}
