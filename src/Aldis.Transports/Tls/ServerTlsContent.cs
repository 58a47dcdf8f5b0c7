using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Aldis.Transports.Tls;

/// <summary>What the files of a listener's TLS say, at one time.</summary>
/// <param name="Identities">The certificates, the default first.</param>
/// <param name="ClientAuthorities">Who vouches for clients; null where clients need no certificate.</param>
internal sealed record ServerTlsContent(IReadOnlyList<PemIdentity> Identities, X509Certificate2Collection? ClientAuthorities)
{
    /// <summary>Makes it of what was read.</summary>
    /// <param name="files">The files.</param>
    /// <param name="contents">Their contents.</param>
    /// <exception cref="CryptographicException">They are not what they should be; the message is one sentence.</exception>
    public static ServerTlsContent Of(ServerTlsFiles files, IReadOnlyDictionary<string, byte[]> contents)
    {
        byte[]? password = files.KeyPassword is { } file ? contents[file] : null;
        PemIdentity[] identities = [.. files.Pairs.Select(pair =>
            PemIdentity.Create(pair.Certificate, contents[pair.Certificate], pair.Key, contents[pair.Key], password))];
        X509Certificate2Collection? authorities = null;
        if (files.ClientAuthority is { } authority)
        {
            authorities = [];
            authorities.ImportFromPem(Encoding.UTF8.GetString(contents[authority]));
            if (authorities.Count == 0)
            {
                throw new CryptographicException($"there is no certificate in {authority}: client-ca names a file in PEM form.");
            }
        }

        return new ServerTlsContent(identities, authorities);
    }

    /// <summary>The certificate for a host name: the first that is for it, the default where none is or the client names none.</summary>
    /// <param name="host">The name as the client sent it (SNI, RFC 6066 section 3).</param>
    public PemIdentity Select(string? host) =>
        string.IsNullOrEmpty(host) ? Identities[0] : Identities.FirstOrDefault(identity => identity.IsFor(host)) ?? Identities[0];

    /// <summary>The first certificate that is not valid at a time; null where all are.</summary>
    public PemIdentity? FindInvalid(DateTimeOffset now) =>
        Identities.FirstOrDefault(identity => now < identity.ValidFrom || now > identity.ValidUntil);
}
