using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;

namespace Aldis.Transports.Datagrams;

/// <summary>Turns the addresses of the engine into those of the system and back (sockaddr_in of ip(7), sockaddr_in6 of ipv6(7)).</summary>
internal static class PathAddress
{
    /// <summary>Bytes of the longest socket address used here.</summary>
    public const int MaxBytes = 28;

    private const ushort FamilyIPv4 = 2;
    private const ushort FamilyIPv6 = 10;
    private const int IPv4Bytes = 16;
    private const int PortAt = 2;
    private const int IPv4At = 4;
    private const int IPv6At = 8;
    private const int ScopeAt = 24;

    /// <summary>The path to a peer.</summary>
    /// <param name="endPoint">The peer's address.</param>
    /// <returns>The path, our own address left open.</returns>
    public static PathKey From(IPEndPoint endPoint)
    {
        Span<byte> bytes = stackalloc byte[16];
        endPoint.Address.TryWriteBytes(bytes, out int length);
        PathKey path = PathKey.To(bytes[..length], (ushort)endPoint.Port);
        return endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? path with { InterfaceIndex = (uint)endPoint.Address.ScopeId } : path;
    }

    /// <summary>The address of the peer of a path.</summary>
    /// <param name="path">The path.</param>
    /// <returns>An IPv4 address where it is one.</returns>
    public static IPEndPoint ToEndPoint(in PathKey path) => new(ToAddress(path.RemoteAddress, path.InterfaceIndex), path.RemotePort);

    /// <summary>An address from its number.</summary>
    /// <param name="address">IPv6, or IPv4 mapped into it.</param>
    /// <param name="scope">The interface of a link-local address.</param>
    /// <returns>An IPv4 address where it is one.</returns>
    public static IPAddress ToAddress(UInt128 address, uint scope)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        if (IsIPv4(address))
        {
            return new IPAddress(bytes[12..]);
        }

        var ip = new IPAddress(bytes);
        return ip.IsIPv6LinkLocal ? new IPAddress(bytes, scope) : ip;
    }

    /// <summary>Reads a socket address that the system filled.</summary>
    /// <param name="source">Its bytes.</param>
    /// <param name="path">The path to it, our own address left open.</param>
    /// <returns>False for another family.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out PathKey path)
    {
        ushort family = BitConverter.ToUInt16(source);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(source[PortAt..]);
        path = family switch
        {
            FamilyIPv4 => new PathKey(MapIPv4(BinaryPrimitives.ReadUInt32BigEndian(source[IPv4At..])), port, default, 0),
            FamilyIPv6 => new PathKey(
                BinaryPrimitives.ReadUInt128BigEndian(source[IPv6At..]), port, default, BitConverter.ToUInt32(source[ScopeAt..])),
            _ => default,
        };
        return family is FamilyIPv4 or FamilyIPv6;
    }

    /// <summary>Writes the socket address of a path's peer.</summary>
    /// <param name="path">The path.</param>
    /// <param name="isIPv6">Whether the socket is an IPv6 socket, which names IPv4 addresses in their mapped form.</param>
    /// <param name="destination">At least <see cref="MaxBytes"/> for an IPv6 socket, 16 for another.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(in PathKey path, bool isIPv6, Span<byte> destination)
    {
        destination[..(isIPv6 ? MaxBytes : IPv4Bytes)].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination[PortAt..], path.RemotePort);
        if (!isIPv6)
        {
            BitConverter.TryWriteBytes(destination, FamilyIPv4);
            BinaryPrimitives.WriteUInt32BigEndian(destination[IPv4At..], (uint)path.RemoteAddress);
            return IPv4Bytes;
        }

        BitConverter.TryWriteBytes(destination, FamilyIPv6);
        BinaryPrimitives.WriteUInt128BigEndian(destination[IPv6At..], path.RemoteAddress);
        BitConverter.TryWriteBytes(destination[ScopeAt..], path.InterfaceIndex);
        return MaxBytes;
    }

    /// <summary>Whether a number is an IPv4 address mapped into IPv6 (RFC 4291 section 2.5.5.2).</summary>
    /// <param name="address">The number.</param>
    /// <returns>True for ::ffff:0:0/96.</returns>
    public static bool IsIPv4(UInt128 address) => address >> 32 == 0xFFFF;

    /// <summary>Maps an IPv4 address into IPv6.</summary>
    /// <param name="address">As a number.</param>
    /// <returns>The mapped address as a number.</returns>
    public static UInt128 MapIPv4(uint address) => new(0, 0x0000_FFFF_0000_0000UL | address);
}
