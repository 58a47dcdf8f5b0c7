using Aldis.Protocols.Fairness;
using Aldis.Services.Events;

namespace Aldis.Services.Hosting;

/// <summary>
/// Counts open connections, over networks, over Unix sockets and of everybody who counts as one (<see cref="NetworkKey"/>), and says whether
/// one more fits. Neither networks nor Unix sockets take places of the other's. Thread-safe.
/// </summary>
internal sealed class ConnectionQuota(ConnectionLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NetworkKey, int> _perPeer = [];
    private int _fromNetworks;
    private int _fromUnix;

    /// <summary>Open connections in all.</summary>
    public int Total
    {
        get
        {
            lock (_lock)
            {
                return _fromNetworks + _fromUnix;
            }
        }
    }

    /// <summary>Admits a connection or says which limit it meets.</summary>
    /// <param name="peer">Whose it is.</param>
    /// <returns>Null where it was admitted (and <see cref="Leave"/> is owed); otherwise the reason.</returns>
    public ConnectionEnd? TryEnter(NetworkKey peer)
    {
        lock (_lock)
        {
            ref int total = ref TotalOf(peer);
            int most = peer.IsLocalUser ? limits.MaxUnixConnections : limits.MaxConnections;
            if (total >= most)
            {
                return new(
                    ServiceEventCause.ConnectionLimit,
                    $"{most} connections are open{(peer.IsLocalUser ? " over Unix sockets" : string.Empty)}, the most this server takes");
            }

            _perPeer.TryGetValue(peer, out int count);
            if (count >= limits.MaxConnectionsPerAddress)
            {
                return new(
                    ServiceEventCause.AddressLimit,
                    peer.IsLocalUser
                        ? $"{limits.MaxConnectionsPerAddress} connections of this user are open, the most one user may have"
                        : $"{limits.MaxConnectionsPerAddress} connections are open from this address, the most one address may have");
            }

            _perPeer[peer] = count + 1;
            total++;
            return null;
        }
    }

    /// <summary>Gives an admitted connection's place back.</summary>
    /// <param name="peer">Who was admitted.</param>
    public void Leave(NetworkKey peer)
    {
        lock (_lock)
        {
            TotalOf(peer)--;
            if (--_perPeer[peer] == 0)
            {
                _perPeer.Remove(peer);
            }
        }
    }

    private ref int TotalOf(NetworkKey peer) => ref peer.IsLocalUser ? ref _fromUnix : ref _fromNetworks;
}
