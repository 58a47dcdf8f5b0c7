using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Listening;

/// <summary>The certificate of a <c>tls://</c> or <c>arq+tls://</c> listener, as its address names it.</summary>
internal static class ServerCertificate
{
    /// <summary>Reads the certificate and its private key.</summary>
    /// <param name="address">A listening address with the options <c>cert=FILE</c> and <c>key=FILE</c> (PEM; the key may be in the same file).</param>
    /// <returns>The certificate with its key.</returns>
    /// <exception cref="FormatException">The options are missing; the message says how to write them.</exception>
    /// <exception cref="CommunicationException">A file cannot be read or is no certificate with its key.</exception>
    public static X509Certificate2 Load(EndpointAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.Options.TryGetValue("cert", out string? certificateFile))
        {
            throw new FormatException($"{address} needs a certificate: write {address}?cert=cert.pem&key=key.pem.");
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(certificateFile, address.Options.GetValueOrDefault("key"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommunicationException(
                CommunicationFailure.Authentication, $"the certificate of {address} cannot be used: {exception.Message}", exception);
        }
    }
}
