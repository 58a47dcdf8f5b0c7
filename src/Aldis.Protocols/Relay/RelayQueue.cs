using System.Buffers;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Relay;

/// <summary>
/// Copies of datagrams on their way, in the order in which they arrive. One engine puts in what another sends, so it guards itself.
/// </summary>
/// <param name="maximumBytes">Bytes at most.</param>
internal sealed class RelayQueue(long maximumBytes)
{
    // What Linux cuts of one send at most (UDP_MAX_SEGMENTS).
    private const int MaximumBatch = 64;

    // What an entry costs beside its bytes, so that empty datagrams are bounded too.
    private const int EntryBytes = 128;

    private readonly Lock _lock = new();
    private readonly PriorityQueue<Entry, (long ArrivalNs, long Order)> _entries = new();
    private long _order;
    private long _bytes;
    private long _nextArrivalNs = long.MaxValue;

    /// <summary>When the next arrives; <see cref="long.MaxValue"/> if there is none.</summary>
    public long NextArrivalNs => Volatile.Read(ref _nextArrivalNs);

    /// <summary>Puts a copy in.</summary>
    /// <param name="to">Where it goes.</param>
    /// <param name="copy">When it arrives and how it is damaged.</param>
    /// <param name="datagram">It as it was sent.</param>
    /// <returns>False if there is no room: it is lost.</returns>
    public bool TryAdd(in PathKey to, in LinkCopy copy, ReadOnlySpan<byte> datagram)
    {
        lock (_lock)
        {
            if (_bytes + datagram.Length + EntryBytes > maximumBytes)
            {
                return false;
            }

            byte[] bytes = ArrayPool<byte>.Shared.Rent(datagram.Length);
            datagram.CopyTo(bytes);
            int length = copy.ApplyTo(bytes.AsSpan(0, datagram.Length));
            _bytes += datagram.Length + EntryBytes;
            _entries.Enqueue(new Entry(to, bytes, length, datagram.Length), (copy.ArrivalNanoseconds, _order++));
            _nextArrivalNs = Math.Min(_nextArrivalNs, copy.ArrivalNanoseconds);
            return true;
        }
    }

    /// <summary>Takes out what has arrived: a datagram, or a batch of them for one peer.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="nowNs">The time.</param>
    /// <param name="transmit">What was taken.</param>
    /// <param name="count">How many datagrams.</param>
    /// <returns>False if nothing has arrived.</returns>
    public bool TryTake(Span<byte> buffer, long nowNs, out Transmit transmit, out int count)
    {
        lock (_lock)
        {
            count = 0;
            transmit = default;
            while (count < MaximumBatch && NextMayJoin(buffer.Length, nowNs, transmit, count))
            {
                Entry entry = _entries.Dequeue();
                entry.Bytes.AsSpan(0, entry.Length).CopyTo(buffer[transmit.Length..]);
                ArrayPool<byte>.Shared.Return(entry.Bytes);
                _bytes -= entry.HeldBytes + EntryBytes;
                transmit = new Transmit(entry.To, transmit.Length + entry.Length, count == 0 ? entry.Length : transmit.SegmentSize);
                count++;
                if (entry.Length < transmit.SegmentSize)
                {
                    break;
                }
            }

            _nextArrivalNs = _entries.TryPeek(out _, out (long ArrivalNs, long) next) ? next.ArrivalNs : long.MaxValue;
            return count > 0;
        }
    }

    // A batch is of equal datagrams, of which the last may be shorter, and none is empty.
    private bool NextMayJoin(int room, long nowNs, in Transmit transmit, int count) =>
        _entries.TryPeek(out Entry next, out (long ArrivalNs, long) place)
        && place.ArrivalNs <= nowNs
        && (count == 0 || (next.Length > 0 && next.Length <= transmit.SegmentSize && next.Length + transmit.Length <= room
            && next.To.IsSamePeer(transmit.Path) && next.To.LocalAddress == transmit.Path.LocalAddress));

    private readonly record struct Entry(PathKey To, byte[] Bytes, int Length, int HeldBytes);
}
