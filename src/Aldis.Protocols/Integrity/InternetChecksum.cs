using System.Buffers.Binary;

namespace Aldis.Protocols.Integrity;

/// <summary>
/// The checksum of the Internet protocols (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words. Computed over bytes
/// that hold their own checksum it is 0.
/// </summary>
internal static class InternetChecksum
{
    private const int IPv6AddressBytes = 16;

    /// <summary>Computes the checksum of a message of its own, such as one of ICMP.</summary>
    /// <param name="data">The bytes, with zeros where the checksum stands; an odd one at the end counts as if a zero followed.</param>
    /// <returns>The checksum.</returns>
    public static ushort Compute(ReadOnlySpan<byte> data) => Fold(Sum(data));

    /// <summary>Computes the checksum of a message that covers the addresses of its packet too (RFC 8200 section 8.1).</summary>
    /// <param name="source">The packet's source, 16 bytes.</param>
    /// <param name="destination">Its destination, 16 bytes.</param>
    /// <param name="nextHeader">What the message is, 58 for ICMPv6.</param>
    /// <param name="data">The message, as for <see cref="Compute(ReadOnlySpan{byte})"/>.</param>
    /// <returns>The checksum.</returns>
    public static ushort Compute(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte nextHeader, ReadOnlySpan<byte> data)
    {
        if (source.Length != IPv6AddressBytes || destination.Length != IPv6AddressBytes)
        {
            throw new ArgumentException("An IPv6 address has 16 bytes.", nameof(source));
        }

        return Fold(Sum(source) + Sum(destination) + (ulong)data.Length + nextHeader + Sum(data));
    }

    private static ulong Sum(ReadOnlySpan<byte> data)
    {
        ulong sum = 0;
        while (data.Length >= sizeof(ushort))
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(data);
            data = data[sizeof(ushort)..];
        }

        return data.IsEmpty ? sum : sum + ((ulong)data[0] << 8);
    }

    private static ushort Fold(ulong sum)
    {
        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
