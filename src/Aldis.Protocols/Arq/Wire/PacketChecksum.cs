using System.Numerics;
using System.Runtime.InteropServices;
using Aldis.Protocols.Integrity;

namespace Aldis.Protocols.Arq.Wire;

/// <summary>The CRC-32C of a packet, started from a key so that packets of other connections fail.</summary>
internal static class PacketChecksum
{
    /// <summary>The checksum of a packet, its own field left out.</summary>
    /// <param name="packet">The whole packet, at least 8 bytes.</param>
    /// <param name="seed">Low 32 bits of the connection's key; 0 in the handshake.</param>
    public static uint Compute(ReadOnlySpan<byte> packet, uint seed)
    {
        uint crc = BitOperations.Crc32C(~seed, MemoryMarshal.Read<uint>(packet));
        return ~Crc32C.Append(crc, packet[PacketLayout.AfterChecksum..]);
    }
}
