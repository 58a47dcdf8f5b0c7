using System.Buffers;

namespace Aldis.Transports.Sockets;

/// <summary>
/// A piece of memory that bytes are received into or gathered in for sending. It is its own segment of a
/// <see cref="ReadOnlySequence{T}"/>, so that handing out what was received allocates nothing.
/// </summary>
internal sealed class Block : ReadOnlySequenceSegment<byte>
{
    private readonly BlockPool? _pool;
    private readonly byte[] _bytes;

    /// <summary>Makes a block.</summary>
    /// <param name="pool">Where <see cref="Return"/> puts it; null for a block that is made for one use.</param>
    /// <param name="bytes">Its memory.</param>
    public Block(BlockPool? pool, byte[] bytes)
    {
        _pool = pool;
        _bytes = bytes;
    }

    /// <summary>How many bytes fit.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>How many bytes it holds, from its beginning.</summary>
    public int Length { get; private set; }

    /// <summary>The memory behind what it holds.</summary>
    public Memory<byte> Free => _bytes.AsMemory(Length);

    /// <summary>The block that follows in the same chain.</summary>
    public Block? NextBlock => (Block?)Next;

    /// <summary>Counts bytes that were put into <see cref="Free"/> as held.</summary>
    /// <param name="count">How many, at most the length of <see cref="Free"/>.</param>
    public void Commit(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Capacity - Length);
        Length += count;
        Memory = _bytes.AsMemory(0, Length);
    }

    /// <summary>Puts another block behind this one.</summary>
    /// <param name="next">A block that holds nothing yet.</param>
    public void Append(Block next)
    {
        Next = next;
        next.RunningIndex = RunningIndex + Length;
    }

    /// <summary>Takes the following block off.</summary>
    public void Detach() => Next = null;

    /// <summary>Gives the block back, empty and unlinked.</summary>
    public void Return()
    {
        Length = 0;
        Memory = default;
        Next = null;
        RunningIndex = 0;
        _pool?.Return(this);
    }
}
