using System.Buffers.Binary;
using Aldis.Protocols.Tests.Integrity;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>Makes and changes packets by hand, with a right checksum.</summary>
internal static class PacketForge
{
    /// <summary>Writes the checksum that belongs to the rest of the packet.</summary>
    public static void Seal(Span<byte> packet, ulong key)
    {
        var type = (WireType)(packet[0] & 0x0F);
        uint seed = type is WireType.Syn or WireType.SynAck or WireType.Confirm ? 0 : (uint)key;
        uint crc = BitwiseCrc32C.Update(BitwiseCrc32C.Update(~seed, packet[..4]), packet[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[4..], ~crc);
    }

    /// <summary>Hands every packet of a buffer to a function that may change it, and seals those it changed.</summary>
    public static void ForEach(Span<byte> buffer, ulong key, Func<Memory<byte>, bool> change)
    {
        while (buffer.Length >= WirePacket.HeaderBytes)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(buffer[2..]);
            if (length < WirePacket.HeaderBytes || length > buffer.Length)
            {
                return;
            }

            byte[] packet = buffer[..length].ToArray();
            if (change(packet))
            {
                Seal(packet, key);
                packet.CopyTo(buffer);
            }

            buffer = buffer[length..];
        }
    }

    public static WireType TypeOf(ReadOnlySpan<byte> packet) => (WireType)(packet[0] & 0x0F);

    public static void AddLong(Span<byte> packet, int offset, long amount) => BinaryPrimitives.WriteInt64LittleEndian(
        packet[offset..], BinaryPrimitives.ReadInt64LittleEndian(packet[offset..]) + amount);

    public static void AddWord(Span<byte> packet, int offset, uint amount) => BinaryPrimitives.WriteUInt32LittleEndian(
        packet[offset..], BinaryPrimitives.ReadUInt32LittleEndian(packet[offset..]) + amount);
}
