using System.Buffers;

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

    /// <summary>Puts a segment behind this one.</summary>
    /// <param name="next">Begins where this one ends.</param>
    public void Append(ReceivedSegment next) => Next = next;
}
