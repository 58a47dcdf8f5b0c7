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

    internal ConnectionRegistry(TimeProvider time) => _time = time;

    /// <summary>What is known of each connection that is being served now.</summary>
    /// <returns>In the order in which they opened; the values of one are read one after the other, while it goes on.</returns>
    public IReadOnlyList<OpenConnection> Snapshot()
    {
        TimeSpan now = _time.GetElapsedTime(0);
        DateTimeOffset today = _time.GetUtcNow();
        return [.. _open.OrderBy(static entry => entry.Key).Select(entry => entry.Value.Describe(now, today))];
    }

    internal void Add(ServedConnection connection) => _open[connection.Id] = connection;

    internal void Remove(ServedConnection connection) => _open.TryRemove(connection.Id, out _);
}
