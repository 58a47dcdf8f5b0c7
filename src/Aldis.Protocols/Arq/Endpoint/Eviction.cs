using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>
/// Ends accepted connections that rest on memory while all of it is lent. At the pace of the last five seconds such a connection would
/// take more than a minute to give back what it holds: its readers rest, or its peer takes nothing. Those of the address that holds
/// most go first, the largest first, until an eighth of the memory is free again. Who makes progress, or holds nothing, stays.
/// </summary>
/// <param name="chunks">The memory.</param>
/// <param name="mostLent">Bytes lent from which on it is short.</param>
internal sealed class Eviction(ChunkPool chunks, long mostLent)
{
    private const long PeriodNs = 5_000_000_000;
    private const int MostPeriods = 12;

    private readonly Dictionary<ArqConnection, long> _progress = [];
    private readonly long _enough = mostLent - (mostLent / 8);
    private long _lookedNs;

    /// <summary>Looks whether somebody must go. Costs nothing while memory is there, and one walk over the connections in five seconds
    /// while it is not.</summary>
    /// <param name="connections">Those that live.</param>
    /// <param name="nowNs">Now.</param>
    public void Look(Dictionary<ulong, ArqConnection>.ValueCollection connections, long nowNs)
    {
        if (chunks.LentBytes < _enough)
        {
            _progress.Clear();
            return;
        }

        bool isFirst = _progress.Count == 0;
        if (!isFirst && nowNs - _lookedNs < PeriodNs)
        {
            return;
        }

        if (!isFirst && chunks.IsShort)
        {
            Evict(nowNs);
        }

        _lookedNs = nowNs;
        _progress.Clear();
        foreach (ArqConnection connection in connections)
        {
            if (!connection.IsClient)
            {
                _progress[connection] = ProgressOf(connection);
            }
        }
    }

    private static long ProgressOf(ArqConnection connection) =>
        connection.Stream.Unacknowledged + (connection.Established?.Receive.Consumed ?? 0);

    private static long HeldBy(ArqConnection connection) =>
        connection.Stream.LentBytes + (connection.Established?.Receive.LentBytes ?? 0);

    private void Evict(long nowNs)
    {
        var resting = new List<ArqConnection>();
        foreach ((ArqConnection connection, long before) in _progress)
        {
            if (connection.State == ConnectionState.Open && (ProgressOf(connection) - before) * MostPeriods < HeldBy(connection))
            {
                resting.Add(connection);
            }
        }

        resting.Sort(static (one, other) =>
            (other.Chunks.LentBytes, HeldBy(other)).CompareTo((one.Chunks.LentBytes, HeldBy(one))));
        long lent = chunks.LentBytes;
        foreach (ArqConnection connection in resting)
        {
            if (lent < _enough)
            {
                return;
            }

            // What was received and not read goes when its reader lets go of it.
            lent -= HeldBy(connection);
            connection.Fail(ArqCloseCode.Overloaded, TraceCause.Overload, tellPeer: true, nowNs);
        }
    }
}
