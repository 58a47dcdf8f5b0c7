using System.Net;
using System.Security.Cryptography;
using System.Text;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Toxics;
using Microsoft.AspNetCore.Http;

namespace Aldis.Services.LinkApi;

/// <summary>
/// Who may ask: programs of this machine, and no web page that a browser of this machine shows. A page can send requests to loopback, under
/// a name of its own too (DNS rebinding); each sign of a browser is refused by itself.
/// </summary>
/// <param name="token">What every request must bear; null where none is asked for.</param>
internal sealed class LinkApiGate(string? token)
{
    private const string Scheme = "Bearer ";

    // Every browser's begins so (RFC 9110 section 10.1.5 knows it as the product of old).
    private const string BrowserProduct = "Mozilla/";

    private readonly byte[]? _digest = token is null ? null : Digest(token);

    /// <summary>Looks at a request before its body is read.</summary>
    /// <param name="host">The <c>Host</c> it was sent to.</param>
    /// <param name="header">Gives the value of a header field; null or empty where it is not there.</param>
    /// <returns>Why it is refused, or null.</returns>
    public ApiRefusalException? WhyNot(string host, Func<string, string?> header)
    {
        if (!IsLoopback(host))
        {
            return new ApiRefusalException(
                403, "Host not allowed", "The API answers requests to 127.0.0.1, [::1] and localhost, and no other Host.");
        }

        if (!string.IsNullOrEmpty(header("Origin")))
        {
            return new ApiRefusalException(403, "Origin not allowed", "The API answers programs and no web pages: a request with Origin comes from one.");
        }

        if (header("Sec-Fetch-Site") is { Length: > 0 } and not "none")
        {
            return new ApiRefusalException(
                403, "Sec-Fetch-Site not allowed", "The API answers programs and no web pages: a browser sent this request for a page.");
        }

        if (header("User-Agent") is string agent && agent.StartsWith(BrowserProduct, StringComparison.OrdinalIgnoreCase))
        {
            return new ApiRefusalException(403, "User agent not allowed", "The API answers programs and no browsers.");
        }

        return _digest is null || IsBorne(header("Authorization")) ? null : new ApiRefusalException(
            401, "token required", "This API asks for a token: send the header Authorization: Bearer TOKEN.");
    }

    /// <summary>Whether a <c>Host</c> names this machine from within.</summary>
    /// <param name="host">A name or an address, with or without a port.</param>
    /// <returns>True for <c>localhost</c> and for addresses of loopback.</returns>
    internal static bool IsLoopback(string host)
    {
        string name = new HostString(host).Host;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
    }

    // Digests have one length, so that neither the token's length nor where it differs shows in the time.
    private bool IsBorne(string? authorization) =>
        authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true
        && CryptographicOperations.FixedTimeEquals(Digest(authorization[Scheme.Length..]), _digest);

    private static byte[] Digest(string text) => Sha256.HashData(Encoding.UTF8.GetBytes(text));
}
