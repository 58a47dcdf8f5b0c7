using Aldis.Protocols.Fairness;
using Aldis.Services.Events;
using Aldis.Transports.Sockets;

namespace Aldis.Services.Hosting;

/// <summary>
/// Counts open connections, over networks, over Unix sockets and of everybody who counts as one (<see cref="NetworkKey"/>), and says whether
/// one more fits. Neither networks nor Unix sockets take places of the other's, and the last places are for those who have few: otherwise
/// a few addresses, each within its limit, would take all. Thread-safe.
/// </summary>
/// <param name="limits">The limits at first.</param>
/// <param name="descriptors">How many descriptors connections have; none are counted if left out.</param>
/// <param name="rates">How many a second are admitted; any number if left out.</param>
internal sealed class ConnectionQuota(ConnectionLimits limits, DescriptorBudget? descriptors = null, AcceptRates? rates = null)
{
    /// <summary>Of the last places, an address may have one in so many of those that are left when it comes.</summary>
    public const int ShareOfLast = 16;

    // The part of the places, and of the descriptors, that are the last: an eighth.
    private const int PartForFew = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<NetworkKey, int> _perPeer = [];
    private volatile ConnectionLimits _limits = limits;
    private int _fromNetworks;
    private int _fromUnix;

    /// <summary>The limits that count for whoever comes now; nobody who was admitted is sent away by others.</summary>
    public ConnectionLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }

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
    /// <param name="descriptor">Its descriptor; 0 where it has none of its own.</param>
    /// <param name="files">How many files are being received.</param>
    /// <returns>Null where it was admitted (and <see cref="Leave"/> is owed); otherwise the reason.</returns>
    public ConnectionEnd? TryEnter(NetworkKey peer, long descriptor = 0, int files = 0)
    {
        if (rates?.TryTake(peer) is { } tooFast)
        {
            return tooFast;
        }

        ConnectionLimits current = _limits;
        lock (_lock)
        {
            ref int total = ref TotalOf(peer);
            int most = peer.IsLocalUser ? current.MaxUnixConnections : current.MaxConnections;
            if (total >= most)
            {
                return new(
                    ServiceEventCause.ConnectionLimit,
                    $"{most} connections are open{(peer.IsLocalUser ? " over Unix sockets" : string.Empty)}, the most this server takes");
            }

            _perPeer.TryGetValue(peer, out int count);
            if (count >= current.MaxConnectionsPerAddress)
            {
                return new(
                    ServiceEventCause.AddressLimit,
                    peer.IsLocalUser
                        ? $"{current.MaxConnectionsPerAddress} connections of this user are open, the most one user may have"
                        : $"{current.MaxConnectionsPerAddress} connections are open from this address, the most one address may have");
            }

            // An operator who lets one address have all places has one that needs them.
            long places = current.MaxConnectionsPerAddress < most ? LastOf(most, most - total) : long.MaxValue;
            long left = Math.Min(places, LastDescriptors(descriptor, files));
            if (count * ShareOfLast >= left)
            {
                return left == places
                    ? new(ServiceEventCause.ConnectionLimit, "few places are left, and this address has its share of them")
                    : new(
                        ServiceEventCause.DescriptorLimit,
                        "out of file descriptors: few are left, and this address has its share of them; raise the limit of the process "
                            + "('ulimit -n')");
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

    private static long LastOf(long most, long left) => left <= most / PartForFew ? left : long.MaxValue;

    private long LastDescriptors(long descriptor, int files) => descriptors is { } budget
        ? LastOf(budget.Connections, Math.Max(0, budget.Connections - budget.NumberOf(descriptor, files)))
        : long.MaxValue;

    private ref int TotalOf(NetworkKey peer) => ref peer.IsLocalUser ? ref _fromUnix : ref _fromNetworks;
}
