using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Aldis.Tests;

/// <summary>A certificate for 127.0.0.1 and localhost with its key, as the PEM files that addresses name.</summary>
internal static class TestCertificate
{
    /// <summary>Makes a self-signed certificate, which is its own authority.</summary>
    /// <param name="directory">Where the files are written.</param>
    /// <returns>The options of a listening address, without the question mark, and the file that a client trusts.</returns>
    public static (string ListenerOptions, string AuthorityFile) Create(TemporaryDirectory directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(directory.Combine("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(directory.Combine("key.pem"), key.ExportPkcs8PrivateKeyPem());
        return ($"cert={directory.Combine("cert.pem")}&key={directory.Combine("key.pem")}", directory.Combine("cert.pem"));
    }
}
