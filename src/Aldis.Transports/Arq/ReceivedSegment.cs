using System.Buffers;
using System.Runtime.InteropServices;

namespace Aldis.Transports.Arq;

/// <summary>A stretch of received bytes in the memory of the engine, as a segment of a <see cref="ReadOnlySequence{T}"/>. Its running
/// index is its offset in the stream.</summary>
internal sealed class ReceivedSegment : ReadOnlySequenceSegment<byte>
{
    /// <summary>Makes a segment.</summary>
    /// <param name="offset">Of its first byte in the stream.</param>
    /// <param name="bytes">The bytes.</param>
    public ReceivedSegment(long offset, ReadOnlyMemory<byte> bytes)
    {
        RunningIndex = offset;
        Memory = bytes;
    }

    /// <summary>The offset in the stream of the first byte behind it.</summary>
    public long End => RunningIndex + Memory.Length;

    /// <summary>The segment that follows.</summary>
    public ReceivedSegment? NextSegment => (ReceivedSegment?)Next;

    /// <summary>Takes bytes in that lie right behind this segment's: a peer whose bytes come one by one must not cost a segment for
    /// each. Positions in the segment stay what they were.</summary>
    /// <param name="bytes">What follows in the stream.</param>
    /// <returns>False if they lie elsewhere in memory.</returns>
    public bool TryExtend(ReadOnlyMemory<byte> bytes)
    {
        if (!MemoryMarshal.TryGetArray(Memory, out ArraySegment<byte> own) || !MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> next)
            || own.Array != next.Array || own.Offset + own.Count != next.Offset)
        {
            return false;
        }

        Memory = own.Array.AsMemory(own.Offset, own.Count + next.Count);
        return true;
    }

    /// <summary>Puts a segment behind this one.</summary>
    /// <param name="next">Begins where this one ends.</param>
    public void Append(ReceivedSegment next) => Next = next;
}
