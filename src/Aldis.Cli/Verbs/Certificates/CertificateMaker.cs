using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aldis.Transports.Randomness;

namespace Aldis.Cli.Verbs.Certificates;

/// <summary>Makes the certificates of a development authority: ECDSA on P-256, signed with SHA-256.</summary>
/// <param name="now">The time: what is made is valid from five minutes before, for clocks that are behind.</param>
internal sealed class CertificateMaker(DateTimeOffset now)
{
    /// <summary>How long an authority is valid.</summary>
    public static readonly TimeSpan AuthorityTime = TimeSpan.FromDays(3650);

    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly DateTimeOffset _from = now.AddMinutes(-5);

    /// <summary>Makes an authority, which vouches for certificates and for no other authority.</summary>
    public X509Certificate2 MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request("Aldis development CA", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request.CreateSelfSigned(_from, now + AuthorityTime);
    }

    /// <summary>Makes the certificate of a server.</summary>
    /// <param name="authority">Signs it.</param>
    /// <param name="names">Its host names and addresses, one at least.</param>
    /// <param name="time">How long it is valid.</param>
    public X509Certificate2 MakeServer(X509Certificate2 authority, IReadOnlyList<string> names, TimeSpan time)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        return Make(authority, names[0], alternatives, ServerUsage, time);
    }

    /// <summary>Makes the certificate of a client.</summary>
    /// <param name="authority">Signs it.</param>
    /// <param name="client">The id it may use.</param>
    /// <param name="time">How long it is valid.</param>
    public X509Certificate2 MakeClient(X509Certificate2 authority, string client, TimeSpan time)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        alternatives.AddUri(new Uri("aldis:" + client));
        return Make(authority, client, alternatives, ClientUsage, time);
    }

    private static CertificateRequest Request(string commonName, ECDsa key)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private X509Certificate2 Make(
        X509Certificate2 authority, string commonName, SubjectAlternativeNameBuilder alternatives, string usage, TimeSpan time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(commonName, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        byte[] serial = SystemRandom.GetBytes(16);
        serial[0] &= 0x7F;
        DateTimeOffset until = now + time;
        DateTimeOffset last = new(authority.NotAfter.ToUniversalTime());
        using X509Certificate2 signed = request.Create(authority, _from, until < last ? until : last, serial);
        return signed.CopyWithPrivateKey(key);
    }
}
