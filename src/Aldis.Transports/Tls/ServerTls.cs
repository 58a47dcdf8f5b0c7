using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aldis.Transports.Addresses;
using Aldis.Transports.Reloading;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Aldis.Transports.Tls;

/// <summary>
/// The TLS of a listener: which certificate it shows and which clients it takes. Its files are read again when somebody calls
/// <see cref="Reload"/>; what is bad then changes nothing. Connections keep what they began with. Thread-safe.
/// </summary>
internal sealed class ServerTls
{
    /// <summary>How long a handshake may take.</summary>
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly WatchedFiles<ServerTlsContent> _content;

    private ServerTls(ServerTlsFiles files)
    {
        Files = files;
        _content = new WatchedFiles<ServerTlsContent>(files.All, contents => Make(files, contents), isPatient: true);
    }

    /// <summary>Where it is read from.</summary>
    public ServerTlsFiles Files { get; }

    /// <summary>What counts now.</summary>
    public ServerTlsContent Content => _content.Current;

    /// <summary>Reads what an address names.</summary>
    /// <param name="address">A listening address (<see cref="ServerTlsFiles.Of"/>).</param>
    /// <exception cref="FormatException">The options are missing or wrong; the message says how to write them.</exception>
    /// <exception cref="CommunicationException">A file cannot be read or is no certificate with its key, or there is no OpenSSL.</exception>
    public static ServerTls Load(EndpointAddress address)
    {
        var files = ServerTlsFiles.Of(address);
        if (OpenSsl.WhyNot("TLS") is { } missing)
        {
            throw new CommunicationException(CommunicationFailure.Authentication, $"the TLS of {address} cannot be used: {missing}.");
        }

        try
        {
            return new ServerTls(files);
        }
        catch (FormatException exception)
        {
            throw new CommunicationException(
                CommunicationFailure.Authentication, $"the TLS of {address} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Reads the files again.</summary>
    /// <param name="now">The time: a certificate that is not valid takes the place of none that is.</param>
    /// <param name="isAsked">Whether somebody waits for a word. Otherwise what is bad is told when it is found so twice: files are replaced
    /// one after the other.</param>
    /// <returns>What came of it.</returns>
    public FilesLook Reload(DateTimeOffset now, bool isAsked) => _content.Look(isAsked, (current, next) =>
        current.FindInvalid(now) is null && next.FindInvalid(now) is { } invalid
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"the certificate {invalid.File} is valid from {invalid.ValidFrom:yyyy-MM-dd HH:mm} to "
                    + $"{invalid.ValidUntil:yyyy-MM-dd HH:mm} UTC, and not now")
            : null);

    /// <summary>How one handshake is done.</summary>
    /// <param name="host">The name the client asks for; null where it asks for none.</param>
    /// <param name="refused">Is told why a client's certificate is not taken.</param>
    public SslServerAuthenticationOptions Authentication(string? host, Action<string>? refused)
    {
        ServerTlsContent content = Content;
        var authentication = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = content.Select(host).Context,
            EnabledSslProtocols = Files.Versions,
        };
        if (content.ClientAuthorities is { } authorities)
        {
            authentication.ClientCertificateRequired = true;
            authentication.CertificateChainPolicy = TlsVersions.TrustOnly(authorities);
            authentication.RemoteCertificateValidationCallback = (_, shown, chain, errors) => Judge(shown, chain, errors, refused);
        }

        return authentication;
    }

    private static ServerTlsContent Make(ServerTlsFiles files, IReadOnlyDictionary<string, byte[]> contents)
    {
        try
        {
            return ServerTlsContent.Of(files, contents);
        }
        catch (CryptographicException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    private bool Judge(X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors, Action<string>? refused)
    {
        X509ChainStatusFlags status = TlsFailure.StatusOf(chain);
        string? why = shown is null ? $"it showed no certificate, and one that {Files.ClientAuthority} vouches for is required"
            : (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None ? null
            : status.HasFlag(X509ChainStatusFlags.NotTimeValid) ? "the certificate it showed, or one on the way to its authority, is not valid now"
            : status.HasFlag(X509ChainStatusFlags.NotValidForUsage) ? "the certificate it showed is not one for clients"
            : $"nobody in {Files.ClientAuthority} vouches for the certificate it showed";
        if (why is not null)
        {
            refused?.Invoke(why);
        }

        return why is null;
    }
}

/// <summary>TLS at the places of Kestrel.</summary>
internal static class TlsListening
{
    /// <summary>Speaks TLS at a place.</summary>
    /// <param name="listen">The place.</param>
    /// <param name="tls">With what.</param>
    /// <param name="refused">Is told why a client's certificate is not taken, in the course of its connection.</param>
    public static void UseTls(this ListenOptions listen, ServerTls tls, Action<string>? refused = null) =>
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = ServerTls.HandshakeTimeout,
            OnConnection = context => new(tls.Authentication(context.ClientHelloInfo.ServerName, refused)),
        });
}
