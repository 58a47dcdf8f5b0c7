using System.Buffers.Binary;
using System.Security.Cryptography;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Integrity;

namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>What makes the server stateless until a client proved its address: one HMAC-SHA256 over everything the client said gives
/// the connection's number and the cookie; another over that number gives the key.</summary>
internal sealed class CookieJar
{
    private const int HashLength = 32;
    private const int MessageLength = 16 + 2 + 16 + 8 + 8 + PacketLayout.ParametersLength + 8;

    private readonly byte[] _keySecret = new byte[HashLength];
    private readonly byte[] _cookieSecret = new byte[HashLength];

    /// <param name="secret">Known to nobody else; the same after a restart if stale peers are to be told.</param>
    /// <param name="random">Makes cookies of an earlier run worthless: their packets must not open a connection a second time.</param>
    public CookieJar(ReadOnlySpan<byte> secret, IArqRandom random)
    {
        Span<byte> salt = stackalloc byte[17];
        salt[0] = (byte)'K';
        HmacSha256.HashData(secret, salt[..1], _keySecret);
        salt[0] = (byte)'C';
        BinaryPrimitives.WriteUInt64LittleEndian(salt[1..], random.NextUInt64());
        BinaryPrimitives.WriteUInt64LittleEndian(salt[9..], random.NextUInt64());
        HmacSha256.HashData(secret, salt, _cookieSecret);
    }

    /// <summary>The key of a connection of ours, from its number alone.</summary>
    public ulong KeyOf(ulong connectionId)
    {
        Span<byte> message = stackalloc byte[8];
        Span<byte> hash = stackalloc byte[HashLength];
        BinaryPrimitives.WriteUInt64LittleEndian(message, connectionId);
        HmacSha256.HashData(_keySecret, message, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>Number and cookie for a client's request at a time.</summary>
    public ulong Bake(in PathKey path, ulong clientId, ulong nonce, ReadOnlySpan<byte> parameters, ulong time, Span<byte> cookie)
    {
        Span<byte> message = stackalloc byte[MessageLength];
        Span<byte> hash = stackalloc byte[HashLength];
        BinaryPrimitives.WriteUInt128LittleEndian(message, path.RemoteAddress);
        BinaryPrimitives.WriteUInt16LittleEndian(message[16..], path.RemotePort);
        BinaryPrimitives.WriteUInt128LittleEndian(message[18..], path.LocalAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(message[34..], clientId);
        BinaryPrimitives.WriteUInt64LittleEndian(message[42..], nonce);
        parameters.CopyTo(message[50..]);
        BinaryPrimitives.WriteUInt64LittleEndian(message[(50 + PacketLayout.ParametersLength)..], time);
        HmacSha256.HashData(_cookieSecret, message, hash);
        hash.Slice(8, PacketLayout.CookieLength).CopyTo(cookie);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>Whether a CONFIRM returns what <see cref="Bake"/> gave; takes the same time whatever is wrong.</summary>
    public bool IsGenuine(in PathKey path, ReadOnlySpan<byte> confirm)
    {
        Span<byte> cookie = stackalloc byte[PacketLayout.CookieLength];
        ulong id = Bake(
            path,
            PacketLayout.ReadUInt64(confirm, PacketLayout.CookiedId),
            PacketLayout.ReadUInt64(confirm, PacketLayout.CookiedNonce),
            confirm.Slice(PacketLayout.CookiedParameters, PacketLayout.ParametersLength),
            PacketLayout.ReadUInt64(confirm, PacketLayout.CookiedTime),
            cookie);
        bool isCookie = CryptographicOperations.FixedTimeEquals(cookie,
            confirm.Slice(PacketLayout.CookiedCookie, PacketLayout.CookieLength));
        return isCookie
            & (id == PacketLayout.DestinationOf(confirm))
            & (KeyOf(id) == PacketLayout.ReadUInt64(confirm, PacketLayout.CookiedKey));
    }
}
