using System.Buffers;
using Aldis.Protocols.Integrity;

namespace Aldis.Protocols.Messages;

/// <summary>Compares a repeated message with what was taken under its number while it arrives, and holds nothing of it.</summary>
/// <param name="length">Bytes of the repeat.</param>
/// <param name="crc">CRC-32C of what was taken.</param>
internal struct RepeatComparison(long length, uint crc)
{
    private long _left = length;
    private uint _crc;

    /// <summary>True once the whole repeat was seen.</summary>
    public readonly bool IsComplete => _left == 0;

    /// <summary>True if it is the same, once it is complete.</summary>
    public readonly bool IsSame => _crc == crc;

    /// <summary>Takes what has arrived of the repeat.</summary>
    /// <param name="received">The bytes; it is sliced past those of the repeat.</param>
    public void Take(ref ReadOnlySequence<byte> received)
    {
        long count = Math.Min(_left, received.Length);
        foreach (ReadOnlyMemory<byte> part in received.Slice(0, count))
        {
            _crc = Crc32C.Continue(_crc, part.Span);
        }

        received = received.Slice(count);
        _left -= count;
    }
}
