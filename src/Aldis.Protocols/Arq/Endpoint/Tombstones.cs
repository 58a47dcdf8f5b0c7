using System.Runtime.InteropServices;

namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>The connections that ended lately.</summary>
internal sealed class Tombstones
{
    /// <summary>More are not kept; while so many are, nobody is accepted, because a forgotten one could be opened again by an old
    /// CONFIRM.</summary>
    public const int Capacity = 1 << 20;

    private readonly Dictionary<ulong, Tombstone> _byId = [];
    private readonly Queue<(ulong Id, long ExpiresNs)> _order = new();

    public int Count => _byId.Count;

    public bool IsFull => _byId.Count >= Capacity;

    public IEnumerable<ulong> Ids => _byId.Keys;

    public void Add(ulong id, in Tombstone tombstone)
    {
        _byId[id] = tombstone;
        _order.Enqueue((id, tombstone.ExpiresNs));
    }

    /// <summary>A tombstone to be read or brought up to date in place; a null reference if there is none.</summary>
    public ref Tombstone Find(ulong id) => ref CollectionsMarshal.GetValueRefOrNullRef(_byId, id);

    public void Forget(long nowNs)
    {
        while (_order.TryPeek(out (ulong Id, long ExpiresNs) oldest) && oldest.ExpiresNs <= nowNs)
        {
            _order.Dequeue();
            _byId.Remove(oldest.Id);
        }
    }
}
