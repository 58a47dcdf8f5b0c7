using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Tls;

/// <summary>
/// Says in one sentence why a certificate is not trusted, and which option of the address would change that. It looks at what the system
/// found out and takes no part in the decision.
/// </summary>
/// <param name="address">The server.</param>
internal sealed class TlsFailure(EndpointAddress address)
{
    private string? _reason;

    /// <summary>Takes the system's verdict, and agrees with it.</summary>
    /// <param name="certificate">What the server showed.</param>
    /// <param name="chain">Who vouches for it.</param>
    /// <param name="errors">What is wrong with it.</param>
    /// <returns>Whether nothing is.</returns>
    public bool Judge(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.None)
        {
            _reason = Describe(certificate as X509Certificate2, errors, StatusOf(chain));
        }

        return errors == SslPolicyErrors.None;
    }

    /// <summary>Looks whether the server has a key that was pinned.</summary>
    /// <param name="certificate">What it showed.</param>
    /// <param name="pins">The pins, in the form of <see cref="PublicKeyPin.Of"/>; none pins nothing.</param>
    /// <returns>Whether it has.</returns>
    public bool JudgePin(X509Certificate? certificate, IReadOnlySet<string> pins)
    {
        if (pins.Count == 0)
        {
            return true;
        }

        string? pin = certificate is X509Certificate2 shown ? PublicKeyPin.Of(shown) : null;
        if (pin is not null && pins.Contains(pin))
        {
            return true;
        }

        _reason = pin is null
            ? "the server showed no certificate."
            : $"the server's key is not the one that is pinned: its pin is {pin}; it has another key, or somebody else answers.";
        return false;
    }

    /// <summary>What is wrong with a chain.</summary>
    /// <param name="chain">Who vouches for a certificate.</param>
    public static X509ChainStatusFlags StatusOf(X509Chain? chain) => chain is null
        ? X509ChainStatusFlags.NoError
        : chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status);

    /// <summary>Why TLS failed.</summary>
    /// <returns>A clause that goes behind "TLS with … failed:", without its full stop.</returns>
    public string Reason() => _reason ?? "what came was no TLS, or none that both sides know: is the port one that speaks TLS?";

    private string Describe(X509Certificate2? certificate, SslPolicyErrors errors, X509ChainStatusFlags status)
    {
        if (certificate is null)
        {
            return "the server showed no certificate.";
        }

        const X509ChainStatusFlags Unknown = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"a certificate on the way is not valid now; the server's is from {certificate.NotBefore:yyyy-MM-dd} to {certificate.NotAfter:yyyy-MM-dd}.");
        }

        if ((status & Unknown) != X509ChainStatusFlags.NoError)
        {
            return address.Options.TryGetValue("cafile", out string? file)
                ? $"nobody in {file} vouches for the server's certificate: cafile names the certificate that signed it, or itself."
                : $"nobody this machine trusts vouches for the server's certificate: add {With("cafile=FILE")} "
                    + "to trust the certificates in a PEM file (its own will do).";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            string[] names = [.. NamesOf(certificate)];
            string suggestion = With("servername=" + (names.Length == 1 ? names[0] : "NAME"));
            return $"the server's certificate is for {(names.Length == 0 ? "no name" : string.Join(", ", names))}, "
                + $"and not for the name in the address: add {suggestion} if it is the server you mean.";
        }

        return $"the server's certificate cannot be verified ({status}).";
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate) => certificate.Extensions
        .OfType<X509SubjectAlternativeNameExtension>()
        .SelectMany(static names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static ip => ip.ToString())));

    private string With(string option) => (address.Options.Count == 0 ? "?" : "&") + option;
}
