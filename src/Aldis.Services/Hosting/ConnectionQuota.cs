using System.Net;
using Aldis.Services.Events;

namespace Aldis.Services.Hosting;

/// <summary>Counts open connections, in all and per IP address, and says whether one more fits. Thread-safe.</summary>
internal sealed class ConnectionQuota(ConnectionLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private int _total;

    /// <summary>Open connections in all.</summary>
    public int Total
    {
        get
        {
            lock (_lock)
            {
                return _total;
            }
        }
    }

    /// <summary>Admits a connection or says which limit it meets.</summary>
    /// <param name="address">The client's address; null for Unix sockets.</param>
    /// <returns>Null where it was admitted (and <see cref="Leave"/> is owed); otherwise the reason.</returns>
    public ConnectionEnd? TryEnter(IPAddress? address)
    {
        lock (_lock)
        {
            if (_total >= limits.MaxConnections)
            {
                return new(ServiceEventCause.ConnectionLimit, $"{limits.MaxConnections} connections are open, the most this server takes");
            }

            if (address is not null)
            {
                _perAddress.TryGetValue(address, out int count);
                if (count >= limits.MaxConnectionsPerAddress)
                {
                    return new(
                        ServiceEventCause.AddressLimit,
                        $"{limits.MaxConnectionsPerAddress} connections are open from this address, the most one address may have");
                }

                _perAddress[address] = count + 1;
            }

            _total++;
            return null;
        }
    }

    /// <summary>Gives an admitted connection's place back.</summary>
    /// <param name="address">The address that was admitted.</param>
    public void Leave(IPAddress? address)
    {
        lock (_lock)
        {
            _total--;
            if (address is not null && _perAddress.TryGetValue(address, out int count))
            {
                if (count == 1)
                {
                    _perAddress.Remove(address);
                }
                else
                {
                    _perAddress[address] = count - 1;
                }
            }
        }
    }
}
