using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Aldis.Cli.Verbs.Certificates;

/// <summary>A folder of certificates and their keys: <c>NAME.pem</c> and, for its owner alone, <c>NAME.key</c>.</summary>
/// <param name="path">The folder.</param>
internal sealed class CertificateFolder(string path)
{
    /// <summary>The name of the authority's files.</summary>
    public const string Authority = "ca";

    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The file of a certificate.</summary>
    public string CertificateOf(string name) => Path.Combine(path, name + ".pem");

    /// <summary>The file of its key.</summary>
    public string KeyOf(string name) => Path.Combine(path, name + ".key");

    /// <summary>The name of the files of a server, of its first host name.</summary>
    /// <exception cref="UsageException">That is no host name and no address.</exception>
    public static string NameOf(string host) =>
        IPAddress.TryParse(host, out _) || Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) == UriHostNameType.Dns
            ? host.Replace("*", "any", StringComparison.Ordinal).Replace(':', '-')
            : throw new UsageException($"'{host}' is no host name and no IP address: write names such as localhost, *.example.net or 10.0.0.7.");

    /// <summary>Opens the authority that is there.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="UsageException">It cannot be used.</exception>
    public X509Certificate2? FindAuthority()
    {
        if (!File.Exists(CertificateOf(Authority)) && !File.Exists(KeyOf(Authority)))
        {
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(CertificateOf(Authority), KeyOf(Authority));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new UsageException($"the authority in {path} cannot be used: {exception.Message}");
        }
    }

    /// <summary>Refuses names whose files are there already: a key that is lost is lost.</summary>
    /// <exception cref="UsageException">One is.</exception>
    public void RefuseTaken(IEnumerable<string> names)
    {
        if (names.SelectMany(name => new[] { CertificateOf(name), KeyOf(name) }).FirstOrDefault(File.Exists) is { } taken)
        {
            throw new UsageException($"{taken} is there already, and nothing is overwritten: move it away, or name another folder with --out.");
        }
    }

    /// <summary>Writes a certificate and its key.</summary>
    /// <exception cref="UsageException">They cannot be written.</exception>
    public void Write(string name, X509Certificate2 certificate)
    {
        try
        {
            Directory.CreateDirectory(path);
            using ECDsa key = certificate.GetECDsaPrivateKey()!;
            Write(KeyOf(name), key.ExportPkcs8PrivateKeyPem(), Own);
            Write(CertificateOf(name), certificate.ExportCertificatePem(), Own | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the certificate '{name}' cannot be written: {exception.Message}");
        }
    }

    private static void Write(string file, string pem, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using var stream = new FileStream(file, options);
        stream.Write(Encoding.ASCII.GetBytes(pem + "\n"));
    }
}
