using System.Collections.Concurrent;
using System.Net;
using Aldis.Protocols.Datagrams;

namespace Aldis.Transports.Datagrams;

/// <summary>
/// Where this process receives datagrams from anybody: no listener of it answers another, whoever forges a datagram that seems to come from
/// there. Thread-safe; asked for every batch, so most questions are settled by one look at a table.
/// </summary>
internal static class OwnDatagramPlaces
{
    private static readonly int[] OfPort = new int[ushort.MaxValue + 1];

    // A place at every address of the machine stands here under no address.
    private static readonly ConcurrentDictionary<(UInt128 Address, ushort Port), int> Places = new();

    /// <summary>Whether the source of a datagram is such a place. Exact where listeners are bound to one address; a listener at every
    /// address has its port at every source, because the addresses of a machine change.</summary>
    /// <param name="source">The source.</param>
    /// <returns>True if it is.</returns>
    public static bool Contains(PathKey source) =>
        Volatile.Read(ref OfPort[source.RemotePort]) > 0
        && (Places.ContainsKey((source.RemoteAddress, source.RemotePort)) || Places.ContainsKey((default, source.RemotePort)));

    /// <summary>Adds a place; again for another socket there.</summary>
    /// <param name="place">Where a socket is bound.</param>
    public static void Add(IPEndPoint place)
    {
        (UInt128 Address, ushort Port) key = KeyOf(place);
        Places.AddOrUpdate(key, 1, static (_, sockets) => sockets + 1);
        Interlocked.Increment(ref OfPort[key.Port]);
    }

    /// <summary>Takes one socket of a place away.</summary>
    /// <param name="place">Where it was bound.</param>
    public static void Remove(IPEndPoint place)
    {
        (UInt128 Address, ushort Port) key = KeyOf(place);
        if (Places.AddOrUpdate(key, 0, static (_, sockets) => sockets - 1) <= 0)
        {
            // Unless somebody came back meanwhile.
            Places.TryRemove(KeyValuePair.Create(key, 0));
        }

        Interlocked.Decrement(ref OfPort[key.Port]);
    }

    private static (UInt128 Address, ushort Port) KeyOf(IPEndPoint place) =>
        (place.Address.Equals(IPAddress.Any) || place.Address.Equals(IPAddress.IPv6Any) ? default : PathAddress.From(place).RemoteAddress,
            (ushort)place.Port);
}
