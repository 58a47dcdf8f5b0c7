using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aldis.Protocols.Integrity;

namespace Aldis.Transports.Tls;

/// <summary>
/// The SHA-256 of a certificate's public key (SubjectPublicKeyInfo, as RFC 7469 section 2.4 and <c>curl --pinnedpubkey</c> take it): it names a
/// key, whatever certificate carries it. Written <c>sha256:</c> and base64.
/// </summary>
internal static class PublicKeyPin
{
    private const string Prefix = "sha256:";

    /// <summary>The pin of a certificate.</summary>
    public static string Of(X509Certificate2 certificate) =>
        Prefix + Convert.ToBase64String(Sha256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>Reads a pin.</summary>
    /// <param name="text"><c>sha256:</c> and the hash: 44 characters of base64, or 64 hexadecimal digits.</param>
    /// <param name="pin">It, in base64.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? pin)
    {
        pin = null;
        if (!text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        string digits = text[Prefix.Length..];
        Span<byte> hash = stackalloc byte[Sha256.HashBytes];
        bool isHash = digits.Length == 2 * hash.Length
            ? Convert.FromHexString(digits, hash, out _, out int written) == System.Buffers.OperationStatus.Done && written == hash.Length
            : Convert.TryFromBase64String(digits, hash, out written) && written == hash.Length;
        pin = isHash ? Prefix + Convert.ToBase64String(hash) : null;
        return isHash;
    }
}
