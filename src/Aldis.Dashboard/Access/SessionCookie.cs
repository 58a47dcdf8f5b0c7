using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Aldis.Protocols.Integrity;
using Aldis.Transports.Randomness;

namespace Aldis.Dashboard.Access;

/// <summary>
/// A session as its cookie says it: until when, a random number, and a signature over both (HMAC-SHA-256), in the alphabet of RFC 4648
/// section 5. The server keeps none of them.
/// </summary>
internal static class SessionCookie
{
    /// <summary>How long a session lasts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private const int TimeBytes = 8;
    private const int RandomBytes = 16;
    private const int SignedBytes = TimeBytes + RandomBytes;
    private const int Bytes = SignedBytes + HmacSha256.CodeBytes;

    /// <summary>The cookie's name: browsers share the cookies of one host among its ports, so it has the port in it.</summary>
    /// <param name="port">The port of the dashboard.</param>
    public static string NameOf(int port) => $"aldis-session-{port}";

    /// <summary>Begins a session.</summary>
    /// <param name="key">Signs it.</param>
    /// <param name="now">The time.</param>
    /// <returns>The cookie's value.</returns>
    public static string Sign(ReadOnlyMemory<byte> key, DateTimeOffset now)
    {
        Span<byte> session = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64BigEndian(session, (now + Lifetime).ToUnixTimeSeconds());
        SystemRandom.Fill(session[TimeBytes..SignedBytes]);
        HmacSha256.HashData(key.Span, session[..SignedBytes], session[SignedBytes..]);
        return Base64Url.EncodeToString(session);
    }

    /// <summary>Whether a cookie's value is a session that was begun with this key and is not over.</summary>
    /// <param name="value">What the browser sent.</param>
    /// <param name="key">Signs sessions.</param>
    /// <param name="now">The time.</param>
    public static bool IsValid(string value, ReadOnlyMemory<byte> key, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(value);
        Span<byte> session = stackalloc byte[Bytes];
        if (value.Length != Base64Url.GetEncodedLength(Bytes)
            || Base64Url.DecodeFromChars(value, session, out _, out int written) != OperationStatus.Done
            || written != Bytes)
        {
            return false;
        }

        Span<byte> signature = stackalloc byte[HmacSha256.CodeBytes];
        HmacSha256.HashData(key.Span, session[..SignedBytes], signature);
        return CryptographicOperations.FixedTimeEquals(signature, session[SignedBytes..])
            && BinaryPrimitives.ReadInt64BigEndian(session) > now.ToUnixTimeSeconds();
    }
}
