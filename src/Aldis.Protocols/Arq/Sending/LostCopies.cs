using System.Numerics;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>Which transmissions the lost bytes belonged to, lowest offset first, so that a retransmission can say what it replaces and
/// why.</summary>
internal sealed class LostCopies
{
    private readonly PriorityQueue<Copy, long> _byOffset = new();
    private StepCounter _steps;

    /// <summary>Levels of the heap gone through, two for each of its four-way levels: what a sift compares at most.</summary>
    public long Steps => _steps.Total;

    public void Add(in SentPacket packet, long packetNumber, TraceCause cause)
    {
        _byOffset.Enqueue(new Copy(packet.End, packetNumber, cause), packet.Offset);
        CountSift();
    }

    /// <summary>Finds the transmission that carried an offset; everything that ends at or before it is dropped.</summary>
    /// <returns>False if it is not known.</returns>
    public bool TryFind(long offset, out long packetNumber, out TraceCause cause)
    {
        while (_byOffset.TryPeek(out Copy copy, out long start))
        {
            if (copy.End <= offset)
            {
                CountSift();
                _byOffset.Dequeue();
                continue;
            }

            packetNumber = copy.PacketNumber;
            cause = copy.Cause;
            return start <= offset;
        }

        packetNumber = TraceEvent.NotApplicable;
        cause = TraceCause.None;
        return false;
    }

    public void Clear() => _byOffset.Clear();

    private void CountSift() => _steps.Add(1 + BitOperations.Log2((uint)_byOffset.Count));

    private readonly record struct Copy(long End, long PacketNumber, TraceCause Cause);
}
