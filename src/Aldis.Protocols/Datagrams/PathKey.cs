using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Aldis.Protocols.Datagrams;

/// <summary>The address of a peer as the driver sees it: a value, so that no address object is made per datagram.</summary>
/// <param name="RemoteAddress">The peer's IPv6 address, or its IPv4 address mapped (::ffff:a.b.c.d), big-endian as a number.</param>
/// <param name="RemotePort">The peer's UDP port.</param>
/// <param name="LocalAddress">Our address the datagram came to, or 0 if the driver does not know it; that of a group, or
/// <see cref="Broadcast"/>, where it was sent to many at once.</param>
/// <param name="InterfaceIndex">The interface it came by, or 0.</param>
[StructLayout(LayoutKind.Auto)] // In the order they are named, a quarter of every path would be padding.
internal readonly record struct PathKey(UInt128 RemoteAddress, ushort RemotePort, UInt128 LocalAddress, uint InterfaceIndex)
{
    /// <summary>255.255.255.255, mapped: what stands for every address that means all machines of a network.</summary>
    internal static UInt128 Broadcast => new(0, 0x0000_FFFF_FFFF_FFFF);

    /// <summary>0.0.0.0, mapped.</summary>
    internal static UInt128 NoIPv4Address => new(0, 0x0000_FFFF_0000_0000);

    /// <summary>Whether an address means many machines: a group of them (RFC 1112, 224.0.0.0/4; RFC 4291 section 2.7, ff00::/8), or
    /// <see cref="Broadcast"/>.</summary>
    /// <param name="address">IPv6, or IPv4 mapped.</param>
    /// <returns>False also for a broadcast address of one network, which only its machines know.</returns>
    internal static bool IsMany(UInt128 address) => address >> 120 == 0xFF || address >> 28 == 0xF_FFFE || address == Broadcast;

    /// <summary>A path to a peer, our own address left open.</summary>
    /// <param name="remoteAddress">4 bytes (IPv4) or 16 bytes (IPv6) in network order.</param>
    /// <param name="remotePort">The UDP port.</param>
    /// <returns>The path.</returns>
    /// <exception cref="ArgumentException">The address has another length.</exception>
    public static PathKey To(ReadOnlySpan<byte> remoteAddress, ushort remotePort) => remoteAddress.Length switch
    {
        4 => new(new UInt128(0, 0x0000_FFFF_0000_0000UL | BinaryPrimitives.ReadUInt32BigEndian(remoteAddress)), remotePort, default, 0),
        16 => new(BinaryPrimitives.ReadUInt128BigEndian(remoteAddress), remotePort, default, 0),
        _ => throw new ArgumentException("An address has 4 or 16 bytes.", nameof(remoteAddress)),
    };

    /// <summary>Whether both name the same peer; our own address is not compared.</summary>
    /// <param name="other">The other path.</param>
    /// <returns>True if address and port of the peer are equal.</returns>
    public bool IsSamePeer(in PathKey other) => RemotePort == other.RemotePort && RemoteAddress == other.RemoteAddress;
}
