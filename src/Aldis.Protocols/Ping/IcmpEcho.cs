using System.Buffers.Binary;
using Aldis.Protocols.Integrity;

namespace Aldis.Protocols.Ping;

/// <summary>
/// The header of an echo message of ICMP (RFC 792) or ICMPv6 (RFC 4443 section 4): 8 bytes, then data that the reply repeats.
/// </summary>
/// <param name="Type">What it is: <see cref="RequestType"/> or <see cref="ReplyType"/> of its version.</param>
/// <param name="Code">0 in both.</param>
/// <param name="Checksum">Over the whole message, for ICMPv6 over the addresses too.</param>
/// <param name="Identifier">Tells one ping from another; the system chooses it for a datagram socket.</param>
/// <param name="Sequence">The request's number.</param>
internal readonly record struct IcmpEcho(byte Type, byte Code, ushort Checksum, ushort Identifier, ushort Sequence)
{
    /// <summary>Bytes before the data.</summary>
    public const int HeaderBytes = 8;

    /// <summary>The protocol's number in the header of an IPv6 packet.</summary>
    public const byte IPv6Protocol = 58;

    private const int CodeAt = 1;
    private const int ChecksumAt = 2;
    private const int IdentifierAt = 4;
    private const int SequenceAt = 6;

    /// <summary>The type of a request.</summary>
    /// <param name="isIPv6">Whether it is one of ICMPv6.</param>
    public static byte RequestType(bool isIPv6) => isIPv6 ? (byte)128 : (byte)8;

    /// <summary>The type of a reply.</summary>
    /// <param name="isIPv6">Whether it is one of ICMPv6.</param>
    public static byte ReplyType(bool isIPv6) => isIPv6 ? (byte)129 : (byte)0;

    /// <summary>Writes the header of a request before its data.</summary>
    /// <param name="packet">The whole message; the data stand in it from <see cref="HeaderBytes"/> on.</param>
    /// <param name="identifier">Which ping it is.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="addresses">Source and destination of an ICMPv6 packet, 16 bytes each; empty for ICMP.</param>
    public static void WriteRequest(Span<byte> packet, ushort identifier, ushort sequence, ReadOnlySpan<byte> addresses)
    {
        packet[0] = RequestType(!addresses.IsEmpty);
        packet[CodeAt] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(packet[ChecksumAt..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[IdentifierAt..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(packet[SequenceAt..], sequence);
        BinaryPrimitives.WriteUInt16BigEndian(packet[ChecksumAt..], SumOf(packet, addresses));
    }

    /// <summary>Reads the header of a message.</summary>
    /// <param name="packet">The message; any bytes, they come from outside.</param>
    /// <param name="echo">The header, where the answer is true.</param>
    /// <returns>False where it is too short for one. What its type is, the caller looks at.</returns>
    public static bool TryRead(ReadOnlySpan<byte> packet, out IcmpEcho echo)
    {
        echo = packet.Length < HeaderBytes ? default : new IcmpEcho(
            packet[0],
            packet[CodeAt],
            BinaryPrimitives.ReadUInt16BigEndian(packet[ChecksumAt..]),
            BinaryPrimitives.ReadUInt16BigEndian(packet[IdentifierAt..]),
            BinaryPrimitives.ReadUInt16BigEndian(packet[SequenceAt..]));
        return packet.Length >= HeaderBytes;
    }

    /// <summary>Whether the checksum of a message is that of its bytes.</summary>
    /// <param name="packet">The message.</param>
    /// <param name="addresses">As for <see cref="WriteRequest"/>; the order of the two counts for nothing.</param>
    public static bool IsIntact(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> addresses) => SumOf(packet, addresses) == 0;

    private static ushort SumOf(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> addresses) => addresses.IsEmpty
        ? InternetChecksum.Compute(packet)
        : InternetChecksum.Compute(addresses[..16], addresses[16..], IPv6Protocol, packet);
}
