using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Aldis.Protocols.Integrity;
using Aldis.Transports.Randomness;

namespace Aldis.Dashboard.Access;

/// <summary>
/// The token that lets a person or a program in, and the key that signs sessions. Sessions are signed with what both give together, so a
/// restart leaves them as they were and a new token ends all of them.
/// </summary>
internal sealed class AccessSecrets
{
    /// <summary>Random bytes of a token and of a key.</summary>
    public const int SecretBytes = 32;

    private readonly byte[] _tokenHash;

    /// <summary>Takes both.</summary>
    /// <param name="token">The token as text, as <see cref="NewToken"/> makes it.</param>
    /// <param name="key">The key; 32 bytes.</param>
    /// <exception cref="ArgumentException">The token is empty, or the key has another length.</exception>
    public AccessSecrets(string token, ReadOnlySpan<byte> key)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        if (key.Length != SecretBytes)
        {
            throw new ArgumentException($"A key has {SecretBytes} bytes.", nameof(key));
        }

        Token = token;
        _tokenHash = Sha256.HashData(Encoding.UTF8.GetBytes(token));
        byte[] sessionKey = new byte[HmacSha256.CodeBytes];
        HmacSha256.HashData(key, _tokenHash, sessionKey);
        SessionKey = sessionKey;
    }

    /// <summary>The token, which whoever has it may show to come in.</summary>
    public string Token { get; }

    /// <summary>Signs sessions.</summary>
    public ReadOnlyMemory<byte> SessionKey { get; }

    /// <summary>Draws a token: 256 bits in the alphabet of RFC 4648 section 5, without padding.</summary>
    /// <returns>43 characters.</returns>
    public static string NewToken() => Base64Url.EncodeToString(SystemRandom.GetBytes(SecretBytes));

    /// <summary>Whether text is the token. Hashes are compared, so that the time says nothing of where they differ, or of the length.</summary>
    /// <param name="offered">What somebody sent; of any length that the server let in.</param>
    public bool IsToken(string offered) =>
        CryptographicOperations.FixedTimeEquals(Sha256.HashData(Encoding.UTF8.GetBytes(offered)), _tokenHash);
}
