using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Aldis.Protocols.Integrity;

/// <summary>
/// CRC-32C (Castagnoli), RFC 3720 appendix B.4: <c>Compute("123456789")</c> is E3069283 hexadecimal. It finds damage, not malice.
/// </summary>
public static class Crc32C
{
    // Three lanes are 1,440 bytes: the payload of a datagram that fits into an Ethernet frame, but for its last few bytes.
    private const int Lane = 480;

    private static readonly uint[] PastLaneTable = MakePastLaneTable();

    /// <summary>The checksum of bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <returns>Their checksum.</returns>
    public static uint Compute(ReadOnlySpan<byte> data) => Continue(0, data);

    /// <inheritdoc cref="Compute(ReadOnlySpan{byte})"/>
    public static uint Compute(in ReadOnlySequence<byte> data)
    {
        uint crc = 0;
        foreach (ReadOnlyMemory<byte> part in data)
        {
            crc = Continue(crc, part.Span);
        }

        return crc;
    }

    /// <summary>The checksum of bytes behind others.</summary>
    /// <param name="crc">The checksum of the others; 0 where there are none.</param>
    /// <param name="data">The bytes.</param>
    /// <returns>The checksum of both together.</returns>
    public static uint Continue(uint crc, ReadOnlySpan<byte> data) => ~Append(~crc, data);

    /// <summary>Continues an inverted checksum over more bytes.</summary>
    internal static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        nuint at = 0;
        nuint length = (nuint)bytes.Length;
        for (; at + (3 * Lane) <= length; at += 3 * Lane)
        {
            crc = AppendLanes(crc, ref Unsafe.AddByteOffset(ref start, at));
        }

        for (; at + 8 <= length; at += 8)
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, at)));
        }

        for (; at < length; at++)
        {
            crc = BitOperations.Crc32C(crc, Unsafe.AddByteOffset(ref start, at));
        }

        return crc;
    }

    /// <summary>
    /// Three lanes at once: the processor's instruction takes three cycles to answer and can begin one in each. The checksums of
    /// the lanes are joined by moving the former past the latter, which is a linear map of 32 bits.
    /// </summary>
    private static uint AppendLanes(uint crc, ref byte start)
    {
        uint first = crc;
        uint second = 0;
        uint third = 0;
        for (nuint at = 0; at < Lane; at += 8)
        {
            first = BitOperations.Crc32C(first, Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, at)));
            second = BitOperations.Crc32C(second, Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, at + Lane)));
            third = BitOperations.Crc32C(third, Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, at + (2 * Lane))));
        }

        return PastLane(PastLane(first) ^ second) ^ third;
    }

    /// <summary>What a checksum becomes behind a lane of zeros.</summary>
    private static uint PastLane(uint crc) =>
        PastLaneTable[crc & 0xFF]
        ^ PastLaneTable[256 + ((crc >> 8) & 0xFF)]
        ^ PastLaneTable[512 + ((crc >> 16) & 0xFF)]
        ^ PastLaneTable[768 + (crc >> 24)];

    private static uint[] MakePastLaneTable()
    {
        var table = new uint[4 * 256];
        for (uint index = 0; index < table.Length; index++)
        {
            uint crc = (index & 0xFF) << (int)(index >> 8 << 3);
            for (int zeros = 0; zeros < Lane; zeros += 8)
            {
                crc = BitOperations.Crc32C(crc, 0UL);
            }

            table[index] = crc;
        }

        return table;
    }
}
