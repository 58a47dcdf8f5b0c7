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
        for (; at + 32 <= length; at += 32)
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, at)));
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, at + 8)));
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, at + 16)));
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, at + 24)));
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
}
