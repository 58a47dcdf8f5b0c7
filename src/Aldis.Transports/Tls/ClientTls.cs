using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Tls;

/// <summary>The TLS of a client: whom it trusts and what it shows, as its address says.</summary>
internal static class ClientTls
{
    /// <summary>Looks at the options, and opens nothing.</summary>
    /// <param name="address">The address of a server with TLS.</param>
    /// <exception cref="FormatException">One is not allowed; the message is one sentence.</exception>
    public static void Check(EndpointAddress address)
    {
        if (PinsOf(address).Count > 0 && address.HasOption("insecure"))
        {
            throw new FormatException($"'{address}' has a pin and 'insecure', which verifies nothing: leave one of them out.");
        }

        _ = TlsVersions.Of(address);
        if (address.Options.ContainsKey("key") && !address.Options.ContainsKey("cert"))
        {
            throw new FormatException($"'{address}' has a key without its certificate: write cert=FILE&key=FILE.");
        }
    }

    /// <summary>How a server is verified; read before anything is opened, because a file that cannot be read trusts nobody.</summary>
    /// <param name="address">The server.</param>
    /// <param name="failure">Keeps why it is not trusted.</param>
    /// <exception cref="AuthenticationException">A file cannot be used, or there is no OpenSSL; the message is one sentence.</exception>
    public static SslClientAuthenticationOptions Authentication(EndpointAddress address, TlsFailure failure)
    {
        if (OpenSsl.WhyNot("it") is { } missing)
        {
            throw new AuthenticationException(missing + ".");
        }

        var authentication = new SslClientAuthenticationOptions
        {
            TargetHost = address.Options.TryGetValue("servername", out string? name) ? name : ScopedAddress.WithoutZone(address.Host),
            EnabledSslProtocols = TlsVersions.Of(address),
            ClientCertificateContext = Identity(address),
        };
        if (address.HasOption("insecure"))
        {
#pragma warning disable CA5359 // Asked for by name in the address; the command warns on each run.
            authentication.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
            return authentication;
        }

        HashSet<string> pins = PinsOf(address);
        bool isVerified = pins.Count == 0 || address.Options.ContainsKey("cafile");
        authentication.RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
            failure.JudgePin(shown, pins) && (!isVerified || failure.Judge(shown, chain, errors));
        authentication.CertificateChainPolicy = address.Options.TryGetValue("cafile", out string? file) ? TrustOnly(file) : null;
        return authentication;
    }

    private static HashSet<string> PinsOf(EndpointAddress address)
    {
        var pins = new HashSet<string>(StringComparer.Ordinal);
        foreach (string text in address.Options.TryGetValue("pin", out string? given) ? given.Split(',') : [])
        {
            pins.Add(PublicKeyPin.TryParse(text, out string? pin) ? pin : throw new FormatException(
                $"'{text}' is no pin: it is sha256: and the hash of the server's public key, 44 characters of base64 or 64 hexadecimal digits."));
        }

        return pins;
    }

    private static SslStreamCertificateContext? Identity(EndpointAddress address)
    {
        if (!address.Options.TryGetValue("cert", out string? file))
        {
            return null;
        }

        string keyFile = address.Options.GetValueOrDefault("key", file);
        try
        {
            byte[]? password = address.Options.TryGetValue("key-password-file", out string? secret) ? File.ReadAllBytes(secret) : null;
            return PemIdentity.Create(file, File.ReadAllBytes(file), keyFile, File.ReadAllBytes(keyFile), password).Context;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AuthenticationException($"the client's certificate cannot be used: {exception.Message}", exception);
        }
    }

    private static X509ChainPolicy TrustOnly(string pemFile)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(pemFile);
            return authorities.Count > 0
                ? TlsVersions.TrustOnly(authorities)
                : throw new AuthenticationException($"there is no certificate in '{pemFile}': cafile names a file in PEM form.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AuthenticationException($"the trusted certificates in '{pemFile}' cannot be read: {exception.Message}", exception);
        }
    }
}
