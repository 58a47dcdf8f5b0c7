using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Aldis.Protocols.Arq.Wire;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4), started from a key so that packets of other connections fail.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of a packet, its own field left out.</summary>
    /// <param name="packet">The whole packet, at least 8 bytes.</param>
    /// <param name="seed">Low 32 bits of the connection's key; 0 in the handshake.</param>
    public static uint OfPacket(ReadOnlySpan<byte> packet, uint seed)
    {
        uint crc = BitOperations.Crc32C(~seed, MemoryMarshal.Read<uint>(packet));
        return ~Append(crc, packet[PacketLayout.AfterChecksum..]);
    }

    /// <summary>Continues an inverted checksum over more bytes.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
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
