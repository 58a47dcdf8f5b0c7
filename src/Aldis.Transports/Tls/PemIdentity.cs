using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Aldis.Transports.Tls;

/// <summary>A certificate with its private key and those that lead to its authority, from PEM files (RFC 7468).</summary>
internal sealed class PemIdentity
{
    private PemIdentity(string file, SslStreamCertificateContext context)
    {
        File = file;
        Context = context;
        Names = [.. context.TargetCertificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static names => names.EnumerateDnsNames())];
    }

    /// <summary>The file it was read from.</summary>
    public string File { get; }

    /// <summary>What TLS is given.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>The certificate itself.</summary>
    public X509Certificate2 Certificate => Context.TargetCertificate;

    /// <summary>From when on it is valid.</summary>
    public DateTimeOffset ValidFrom => new(Certificate.NotBefore.ToUniversalTime());

    /// <summary>Until when it is valid.</summary>
    public DateTimeOffset ValidUntil => new(Certificate.NotAfter.ToUniversalTime());

    /// <summary>The host names it is for; one may begin with <c>*.</c></summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Makes one of what was read.</summary>
    /// <param name="file">The name of the certificate's file.</param>
    /// <param name="certificates">Its content: the certificate, and behind it those that lead to its authority.</param>
    /// <param name="keyFile">The name of the key's file.</param>
    /// <param name="key">Its content.</param>
    /// <param name="password">The content of the file with the key's password; null where there is none.</param>
    /// <exception cref="CryptographicException">They are no certificate and its key; the message is one sentence.</exception>
    public static PemIdentity Create(string file, byte[] certificates, string keyFile, byte[] key, byte[]? password)
    {
        string certificatePem = Encoding.UTF8.GetString(certificates);
        string keyPem = Encoding.UTF8.GetString(key);
        bool isEncrypted = keyPem.Contains("ENCRYPTED PRIVATE KEY", StringComparison.Ordinal);
        if (isEncrypted && password is null)
        {
            throw new CryptographicException(
                $"the key {keyFile} is encrypted: name the file that has its password, key-password-file=FILE.");
        }

        try
        {
            X509Certificate2 certificate = isEncrypted
                ? X509Certificate2.CreateFromEncryptedPem(certificatePem, keyPem, Encoding.UTF8.GetString(password!).TrimEnd('\r', '\n'))
                : X509Certificate2.CreateFromPem(certificatePem, keyPem);
            var all = new X509Certificate2Collection();
            all.ImportFromPem(certificatePem);
            return new PemIdentity(file, SslStreamCertificateContext.Create(certificate, all, offline: true));
        }
        catch (ArgumentException exception)
        {
            // That is how the runtime says it.
            throw new CryptographicException(
                $"the certificate {file} cannot be used with the key {keyFile}: it is the key of another certificate.", exception);
        }
        catch (CryptographicException exception)
        {
            throw new CryptographicException(
                $"the certificate {file} cannot be used with the key {keyFile}: {exception.Message}", exception);
        }
    }

    /// <summary>Whether it is for a host name (RFC 6125 section 6.4): a <c>*</c> stands for one label, the first.</summary>
    /// <param name="host">The name as a client sent it.</param>
    public bool IsFor(string host)
    {
        int dot = host.IndexOf('.', StringComparison.Ordinal);
        string? wild = dot > 0 ? "*" + host[dot..] : null;
        return Names.Any(name => name.Equals(host, StringComparison.OrdinalIgnoreCase)
            || (wild is not null && name.Equals(wild, StringComparison.OrdinalIgnoreCase)));
    }
}
