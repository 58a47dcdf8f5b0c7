using System.Buffers.Text;
using Aldis.Protocols.Integrity;

namespace Aldis.Protocols.Access;

/// <summary>
/// A token as it is shown: <c>aldis_</c> and 256 random bits in base64url (RFC 4648 section 5), 49 characters. A server keeps its SHA-256
/// alone. That needs no salt and no slow hash, as passwords do: nobody can try 2^256 tokens, however fast one try is.
/// </summary>
internal static class TokenText
{
    /// <summary>Random bytes of a token.</summary>
    public const int RandomBytes = 32;

    /// <summary>Bytes of a hash.</summary>
    public const int HashBytes = Sha256.HashBytes;

    // So that those who look through files for secrets that were left there find it.
    private const string Prefix = "aldis_";

    /// <summary>Writes a token.</summary>
    /// <param name="random">32 bytes that nobody can foretell.</param>
    /// <returns>49 characters.</returns>
    /// <exception cref="ArgumentException">They are not 32 bytes.</exception>
    public static string Of(ReadOnlySpan<byte> random) => random.Length == RandomBytes
        ? Prefix + Base64Url.EncodeToString(random)
        : throw new ArgumentException("A token is made of 32 random bytes.", nameof(random));

    /// <summary>What a server keeps of a token.</summary>
    /// <param name="token">The token as it is shown.</param>
    /// <param name="hash">Takes 32 bytes.</param>
    public static void Hash(ReadOnlySpan<byte> token, Span<byte> hash) => Sha256.HashData(token, hash);
}
