using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Aldis.Tests;

/// <summary>An authority of a test's own, and what it signs, as PEM files of a directory.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly Oid[] Usages = [new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")];

    private readonly TemporaryDirectory _directory;
    private readonly X509Certificate2 _certificate;

    public TestAuthority(TemporaryDirectory directory, string name = "ca")
    {
        _directory = directory;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-400), DateTimeOffset.UtcNow.AddDays(400));
        File = directory.Combine(name + ".pem");
        System.IO.File.WriteAllText(File, _certificate.ExportCertificatePem());
    }

    /// <summary>Its certificate.</summary>
    public string File { get; }

    /// <summary>Signs a certificate and writes it and its key.</summary>
    /// <param name="name">Its common name and DNS name, or its IP address.</param>
    /// <param name="file">What the files are called, without <c>.pem</c> and <c>.key</c>.</param>
    /// <param name="from">From when on it is valid, in days from now.</param>
    /// <param name="until">Until when it is.</param>
    /// <param name="password">Encrypts the key.</param>
    /// <returns>The options of an address.</returns>
    public string Issue(string name, string? file = null, double from = -1, double until = 90, string? password = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out IPAddress? address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. Usages], critical: false));
        using X509Certificate2 signed = request.Create(
            _certificate, DateTimeOffset.UtcNow.AddDays(from), DateTimeOffset.UtcNow.AddDays(until), RandomNumberGenerator.GetBytes(8));
        string path = _directory.Combine(file ?? name);
        System.IO.File.WriteAllText(path + ".pem", signed.ExportCertificatePem());
        System.IO.File.WriteAllText(path + ".key", password is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        return $"cert={path}.pem&key={path}.key";
    }

    public void Dispose() => _certificate.Dispose();
}
