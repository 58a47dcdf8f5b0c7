using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Fairness;

namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>What the accepted connections of each address hold: their number, and memory. An IPv6 network counts as one address.</summary>
/// <param name="chunks">Memory of all addresses.</param>
/// <param name="mostBytes">Bytes lent to the connections of an address from which on its memory is short.</param>
internal sealed class AddressQuota(ChunkPool chunks, long mostBytes)
{
    private readonly Dictionary<NetworkKey, Part> _parts = [];

    /// <summary>Admits a connection.</summary>
    /// <param name="address">Whose it is.</param>
    /// <param name="mostConnections">Connections that an address may have.</param>
    /// <param name="memory">Where its memory comes from.</param>
    /// <returns>False if the address has as many as it may.</returns>
    public bool TryTake(NetworkKey address, int mostConnections, out ChunkPool memory)
    {
        Part part = _parts.TryGetValue(address, out Part held) ? held : new Part(chunks.Share(mostBytes), 0);
        memory = part.Memory;
        if (part.Connections >= mostConnections)
        {
            return false;
        }

        _parts[address] = part with { Connections = part.Connections + 1 };
        return true;
    }

    /// <summary>Takes the place of a connection back.</summary>
    /// <param name="address">Whose it was.</param>
    public void Return(NetworkKey address)
    {
        if (_parts.TryGetValue(address, out Part part) && part.Connections > 1)
        {
            _parts[address] = part with { Connections = part.Connections - 1 };
        }
        else
        {
            _parts.Remove(address);
        }
    }

    private readonly record struct Part(ChunkPool Memory, int Connections);
}
